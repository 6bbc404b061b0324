import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { messageOf, SageError } from '../../contracts/errors.js';
import { watchFrames } from '../../ros/frame-watch.js';
import { packageRoot } from '../root.js';

/** Figures of a run on a real ROS graph: the simulated world in one process, the node in another. */
export type GraphFigures = Readonly<Record<string, unknown>> & { readonly bench: 'graph' };

const STDOUT_MAX = 1 << 20;

/**
 * Runs `sage up --sim --json` for so many seconds and takes over its last line. The share of frames that arrived is
 * by what the simulated camera says it sent, in the same time. @throws SageError SAGE_802
 */
export async function benchGraph(seconds: number): Promise<GraphFigures> {
  const words = [
    join(packageRoot, 'dist', 'app', 'main.js'),
    'up',
    '--sim',
    '--json',
    '--seconds',
    String(seconds),
  ];
  const frames = await watchFrames();
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    said = (said + part).slice(-STDOUT_MAX);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const counted = frames.stop();
  try {
    const summary = JSON.parse(said.trim().split('\n').at(-1) ?? '') as Record<string, unknown>;
    const share = counted === null || counted.sent === 0 ? null : counted.received / counted.sent;
    return {
      bench: 'graph',
      seconds,
      frames_received_share: share === null ? null : Math.round(share * 10_000) / 10_000,
      ...summary,
    };
  } catch (thrown) {
    throw new SageError('SAGE_802', 'sage up', `code ${code}, ${messageOf(thrown)}`, { cause: thrown });
  }
}
