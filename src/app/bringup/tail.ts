const LINES_MAX = 60;
const LINE_LENGTH_MAX = 400;

/** The last lines of a process's output; each cut, so that it stays small whatever is written. */
export class Tail {
  private readonly kept: string[] = [];
  private partial = '';

  constructor(private readonly onLine: (line: string) => void = () => {}) {}

  /** Takes text as it arrives, in pieces that need not end where lines do. */
  write(text: string): void {
    const pieces = (this.partial + text).split(/\r?\n/);
    this.partial = (pieces.pop() ?? '').slice(0, LINE_LENGTH_MAX);
    for (const line of pieces) this.add(line.slice(0, LINE_LENGTH_MAX));
  }

  /** Takes what stands after the last line break as a line of its own. */
  end(): void {
    if (this.partial !== '') this.add(this.partial);
    this.partial = '';
  }

  lines(): readonly string[] {
    return this.kept;
  }

  private add(line: string): void {
    if (line.trim() === '') return;
    this.kept.push(line);
    if (this.kept.length > LINES_MAX) this.kept.shift();
    this.onLine(line);
  }
}
