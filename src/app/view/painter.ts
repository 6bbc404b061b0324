const HOME = '\u001b[H';
const CLEAR = '\u001b[2J';
const ERASE_LINE_END = '\u001b[K';
/** Mode 2026: a terminal that knows it shows the frame at once; the others ignore it. */
const BEGIN_FRAME = '\u001b[?2026h';
const END_FRAME = '\u001b[?2026l';

/**
 * Keeps a screen equal to a list of rows by writing only the rows that changed, each in its place, so that nothing
 * flickers and nothing scrolls. The rows must fit: at most as many as the terminal has, none wider.
 */
export class Painter {
  private shown: readonly string[] = [];
  private clean = false;

  /** Forgets what is on the screen, which a resize or another program may have changed; the next frame is whole. */
  reset(): void {
    this.clean = false;
  }

  /** What to write so that the screen shows `rows`; empty when it does already. */
  frame(rows: readonly string[]): string {
    const old = this.clean ? this.shown : [];
    const start = this.clean ? '' : HOME + CLEAR;
    const count = Math.max(rows.length, old.length);
    let text = '';
    for (let index = 0; index < count; index++) {
      const row = rows[index] ?? '';
      if (row !== (old[index] ?? '')) text += `\u001b[${index + 1};1H${row}${ERASE_LINE_END}`;
    }
    this.shown = [...rows];
    this.clean = true;
    return start + text === '' ? '' : BEGIN_FRAME + start + text + END_FRAME;
  }
}
