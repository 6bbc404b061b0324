import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { AdapterTask, AdapterValue } from '../../contracts/adapter.js';
import { SageError } from '../../contracts/errors.js';
import type { InferencePort, Tensor } from '../../contracts/inference.js';
import type { CameraFrame } from '../../contracts/observation.js';
import type { Parameters } from '../../contracts/parameters/index.js';
import { createModelHost, type GraphDeclaration, type ModelManifest } from '../../models/index.js';
import { createAdapterPlugin, feedOf } from '../../plugins/adapters/index.js';
import { adapterModel } from '../adapters.js';

/** A sound of this many numbers is tried where the model leaves that open. */
const OPEN_SOUND = 1600;
const WIDTH = 640;
const HEIGHT = 480;

/** A file that is to become a model. */
export interface NewFile {
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
}

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

/** What a graph takes and gives. @throws SageError SAGE_501, SAGE_502, SAGE_510 */
export async function inspected(file: NewFile, parameters: Parameters['models']): Promise<GraphDeclaration> {
  const host = createModelHost({ parameters, manifests: [] });
  try {
    return await host.inspect(file);
  } finally {
    await host.close();
  }
}

/**
 * Loads a model that is in no folder yet, and has it look once.
 * @returns the output that its adapter names, and how long that took.
 * @throws SageError what loading or running it fails with; SAGE_517 for inputs that no adapter can feed.
 */
export async function firstLook(
  file: NewFile,
  manifest: ModelManifest,
  settings: Parameters['models'],
): Promise<{ readonly output: Tensor; readonly run_ms: number }> {
  const model = adapterModel(manifest);
  const inputs = feedOf(model, taskOf(model));
  const folder = mkdtempSync(join(tmpdir(), 'sage-look-'));
  try {
    symlinkSync(resolve(file.path), join(folder, 'model.onnx'));
    const parameters = { ...settings, folder };
    const files = manifest.files.map((each) => ({ ...each, path: 'model.onnx' }));
    const host = createModelHost({ parameters, manifests: [{ ...manifest, files }] });
    try {
      await host.ready();
      const { fault } = host.health();
      if (fault) throw SageError.of(fault, file.path);
      const fetch = [model.output.name];
      const { tensors, run_ms } = await host.run({ model: model.id, graph: model.graph, inputs, fetch });
      return { output: tensors[model.output.name]!, run_ms };
    } finally {
      await host.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * What the adapter makes of an output that the model gave.
 * @throws SageError SAGE_517 where it is of another form than the adapter says.
 */
export async function understood(manifest: ModelManifest, output: Tensor): Promise<void> {
  const model = adapterModel(manifest);
  const tensors = { [model.output.name]: output };
  const given: InferencePort = {
    run: async () => ({ tensors, slots: {}, run_ms: 0 }),
    read: async () => output,
    free: () => undefined,
  };
  const plugin = createAdapterPlugin(model, given);
  const context = { step_idx: 0, random: () => 0, signal: new AbortController().signal };
  await plugin.step(await plugin.initState(taskOf(model), context), context);
}
