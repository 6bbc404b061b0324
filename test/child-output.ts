import type { ChildProcess } from 'node:child_process';

/**
 * Writes what a child writes to its piped stderr to ours. What a child inherits goes straight to the terminal; this way
 * `npm test` shows it with the file that started the child, and only if that file fails.
 */
export function passOnErrors(child: ChildProcess): void {
  child.stderr?.on('data', (chunk: Buffer) => process.stderr.write(chunk));
}
