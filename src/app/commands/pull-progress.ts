import type { PullProgress } from '../../models/index.js';

/** What a stream of standard error has of a terminal. */
export interface ProgressOut {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const TENTHS = 10;
const CLEAR_LINE = '\r\u001b[2K';

/**
 * Tells how far a download is: on a terminal in one line that changes, elsewhere a line at each tenth, so that a log
 * of a large file stays short.
 */
export class ProgressLines {
  private file = '';
  private tenth = -1;

  constructor(private readonly out: ProgressOut) {}

  tell({ file, bytes, bytes_max }: PullProgress): void {
    const share = bytes / bytes_max;
    const line = `${file}: ${megabytes(bytes)} of ${megabytes(bytes_max)}, ${Math.floor(100 * share)} %`;
    if (this.out.isTTY) {
      this.out.write(`${CLEAR_LINE}${line}${bytes === bytes_max ? '\n' : ''}`);
      return;
    }
    const tenth = Math.floor(TENTHS * share);
    if (file === this.file && tenth === this.tenth) return;
    this.file = file;
    this.tenth = tenth;
    this.out.write(`${line}\n`);
  }
}

export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
