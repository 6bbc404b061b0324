import type { BagOptions } from '../../replay/bag.js';
import { openLog } from '../../replay/log-reader.js';
import { type ImageTopic, imageTopicOf } from './bag-images.js';
import { replayInference } from './inference.js';
import { gather, type Material, type ReplayRequest } from './material.js';
import type { ReplayResult, runOn } from './run.js';
import { Skipped } from './skipped.js';

/** Loads the code that runs the mind. */
export type LoadRun = () => Promise<typeof runOn>;

/**
 * As `replayOffline`, in two stages: the process of the models comes up while the code of the mind, a good part of all
 * there is to load, is loaded here.
 * @throws SageError of the command line (901), the configuration (1xx), the bag or log (10xx) or the models (5xx).
 */
export async function replayWith(request: ReplayRequest, loadRun: LoadRun): Promise<ReplayResult> {
  const skipped = new Skipped();
  const options: BagOptions = {
    best_effort: request.best_effort,
    ...(request.verify === true ? { verify: true } : {}),
    onFault: (fault) => skipped.add(fault),
    ...(request.onUnpacking === undefined ? {} : { onUnpacking: request.onUnpacking }),
  };
  const followed = request.from === null ? null : await openLog(request.from, options);
  try {
    const material = await gather(request, followed, options);
    try {
      return await runWithModels(material, skipped, loadRun);
    } finally {
      if (material.followed !== followed) await material.followed?.close();
      material.bag?.close();
    }
  } finally {
    await followed?.close();
  }
}

async function runWithModels(material: Material, skipped: Skipped, loadRun: LoadRun): Promise<ReplayResult> {
  const inference = replayInference(material.parameters, material.exchanged);
  try {
    const ahead = imagesAhead(material);
    // Where it looks ahead, models are going to run.
    if (ahead !== null) inference.warmUp();
    const run = await loadRun();
    return await run(material, { inference, ahead, skipped });
  } finally {
    await inference.close();
  }
}

/** Where cycles come by the time of a bag with images, it is known which frame a later one will look at: from here. */
function imagesAhead({ request, choice, followed, time }: Material): ImageTopic | null {
  if (followed !== null || time.clock !== null || request.foresight === false) return null;
  return imageTopicOf((name) => choice.chosen.get(name));
}
