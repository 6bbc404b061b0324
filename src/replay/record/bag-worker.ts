import { parentPort, workerData } from 'node:worker_threads';
import { messageOf, SageError } from '../../contracts/errors.js';
import type { WrittenTopic } from '../bag-writer.js';
import { BagFolder } from './bag-folder.js';
import type { BagAnswer, BagTask, BagThreadSetup, PostedMessage } from './bag-thread.js';

/** The other side of BagThread: one bag, written by this thread, one task after the other. */
if (parentPort === null) throw new Error('bag-worker.ts is the code of a thread');
const port = parentPort;
const { path, options } = workerData as BagThreadSetup;
const bag = BagFolder.create(path, options);
const topics: WrittenTopic[] = [];
let failure: BagAnswer['failure'] = null;
let whole = true;
let work: Promise<void> = Promise.resolve();

port.on('message', (task: BagTask) => {
  work = work.then(() => perform(task));
});

async function perform(task: BagTask): Promise<void> {
  const written_bytes =
    task.kind === 'write' ? task.messages.reduce((sum, { data }) => sum + data.byteLength, 0) : 0;
  try {
    if (failure === null) await attempt(task);
  } catch (thrown) {
    giveUp(thrown);
  }
  const { messages, bytes: bag_bytes } = bag;
  const closed = task.kind === 'close';
  port.postMessage({ written_bytes, bag_bytes, messages, closed, whole, failure } satisfies BagAnswer);
  if (closed) port.close();
}

async function attempt(task: BagTask): Promise<void> {
  if (task.kind === 'flush') bag.flush();
  else if (task.kind === 'close') await bag.close();
  else {
    topics.push(...task.topics);
    for (const message of task.messages) await write(message);
  }
}

async function write({ topic, time_ms, latched, data }: PostedMessage): Promise<void> {
  await bag.write({ topic: topics[topic]!, time_ms, data }, latched);
}

/** At once, so that what the bag has is safe whatever comes: nothing more is written then. */
function giveUp(thrown: unknown): void {
  const code = thrown instanceof SageError ? thrown.code : 'SAGE_1023';
  const where = thrown instanceof SageError ? thrown.where : path;
  const detail = thrown instanceof SageError ? thrown.detail : messageOf(thrown);
  failure = { code, where, detail };
  try {
    bag.closeEarly();
  } catch (second) {
    whole = false;
    if (!(second instanceof SageError)) failure = { code, where, detail: `${detail}; ${messageOf(second)}` };
  }
}
