import { SageError } from '../contracts/errors.js';
import { linesOfLog, logTopic } from './log-in-bag.js';
import { beginsRun, type LogReaderOptions, type OpenLog, openLines, openLog } from './log-reader.js';
import { lookOf } from './mistaken.js';
import { openBag } from './open-bag.js';

/**
 * Opens the log of a run: a file of its own, or the one that a bag of `sage record` holds.
 * @throws SageError as openLog and openBag; SAGE_1021 for a bag without a log, or with one that begins later than the run
 */
export async function openRun(path: string, options: LogReaderOptions = {}): Promise<OpenLog> {
  if (lookOf(path) !== 'bag') return openLog(path, options);
  // A recorder may end before the node does.
  return openLines(path, () => wholeRun(path, options), { ...options, open_end: true });
}

async function* wholeRun(path: string, options: LogReaderOptions): AsyncGenerator<string> {
  let begun = false;
  for await (const line of linesInBag(path, options)) {
    if (!begun && !beginsRun(line))
      throw new SageError(
        'SAGE_1021',
        path,
        'the log in the bag starts later than the run; sage explain can read it',
      );
    begun = true;
    yield line;
  }
}

/**
 * The lines of the log in a bag, from wherever it begins to the end of that run.
 * @throws SageError as openBag; SAGE_1021 for a bag without a log
 */
export async function* linesInBag(path: string, options: LogReaderOptions = {}): AsyncGenerator<string> {
  const bag = await openBag(path, options);
  try {
    const topic = logTopic(bag, new Map());
    if (topic === null) {
      const told = 'this bag contains no log (/sage/log); sage replay BAG --log FILE makes one';
      throw new SageError('SAGE_1021', path, told);
    }
    yield* linesOfLog(bag, topic);
  } finally {
    bag.close();
  }
}
