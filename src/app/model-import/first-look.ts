import type { AdapterTask, AdapterValue } from '../../contracts/adapter.js';
import type { InferencePort, Tensor } from '../../contracts/inference.js';
import type { CameraFrame } from '../../contracts/observation.js';
import type { ModelManifest } from '../../models/index.js';
import { createAdapterPlugin, feedOf } from '../../plugins/adapters/index.js';
import { adapterModel } from '../adapters.js';

/** A sound of this many numbers is tried where the model leaves that open. */
const OPEN_SOUND = 1600;
const WIDTH = 640;
const HEIGHT = 480;

/** A picture with something in it: colours that run, and noise; the same each time. */
function testPicture(): CameraFrame {
  const data = new Uint8Array(3 * WIDTH * HEIGHT);
  let noise = 1;
  for (let at = 0; at < data.length; at++) {
    noise = (Math.imul(noise, 1_664_525) + 1_013_904_223) >>> 0;
    const place = Math.floor(at / 3);
    const run = at % 3 === 0 ? (place % WIDTH) / WIDTH : place / (WIDTH * HEIGHT);
    data[at] = 40 + 150 * run + (noise >>> 26);
  }
  return { width: WIDTH, height: HEIGHT, step: 3 * WIDTH, encoding: 'rgb8', data, frame_id: '' };
}

function testSound({ shape }: AdapterValue): Float32Array {
  const count = shape.reduce<number>((all, dim) => all * (typeof dim === 'number' ? dim : OPEN_SOUND), 1);
  return Float32Array.from({ length: count }, (_, i) => 0.1 * Math.sin(i / 8));
}

/** What a look at `model` is asked: a picture where it takes one, a sound where it takes one. */
function taskOf({ vision, audio }: ReturnType<typeof adapterModel>): AdapterTask {
  return {
    frame: vision ? testPicture() : null,
    sound: audio ? testSound(audio) : null,
    things: [],
    stamp_ms: 0,
  };
}

/** What a model is shown first: a picture where it takes one, a sound where it takes one. @throws SageError SAGE_517 */
export function firstFeed(manifest: ModelManifest): Readonly<Record<string, Tensor>> {
  const model = adapterModel(manifest);
  return feedOf(model, taskOf(model));
}

/**
 * What the adapter makes of the outputs that the model gave.
 * @throws SageError SAGE_517 where they are of another form than the adapter says.
 */
export async function understood(
  manifest: ModelManifest,
  tensors: Readonly<Record<string, Tensor>>,
): Promise<void> {
  const model = adapterModel(manifest);
  const read = async () => tensors[model.output.name]!;
  const run = async () => ({ tensors, slots: {}, run_ms: 0 });
  const given: InferencePort = { run, read, free: () => undefined };
  const plugin = createAdapterPlugin(model, given);
  const context = { step_idx: 0, random: () => 0, signal: new AbortController().signal };
  await plugin.step(await plugin.initState(taskOf(model), context), context);
}
