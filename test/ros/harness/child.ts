import type { ChildProcess } from 'node:child_process';
import { passOnErrors } from '../../child-output.js';
import { PATIENCE_MS } from './events.js';

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** How a process ends, with the last that it wrote to stderr. */
export interface EndedSaying extends Ended {
  readonly stderr: string;
}

/** The last that a process writes to stderr; all of it is passed on. */
export function lastLines(child: ChildProcess): () => string {
  let text = '';
  passOnErrors(child);
  child.stderr?.on('data', (chunk: Buffer) => {
    text = (text + chunk.toString()).slice(-4000);
  });
  return () => text;
}

export function ended(child: ChildProcess): Promise<Ended> {
  return new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
}

export const running = (child: ChildProcess): boolean => child.exitCode === null && child.signalCode === null;

/** Waits for the end of a process that was told to end, and makes one where it does not come. */
export async function endedAtLast(
  child: ChildProcess,
  end: Promise<Ended>,
  patience_ms = PATIENCE_MS,
): Promise<Ended> {
  const killer = setTimeout(() => child.kill('SIGKILL'), patience_ms);
  const outcome = await end;
  clearTimeout(killer);
  return outcome;
}
