import { emitKeypressEvents, type Key } from 'node:readline';
import type { ReadStream, WriteStream } from 'node:tty';
import { ansi } from './line.js';
import type { ViewModel } from './model.js';
import { Painter } from './painter.js';
import { screenLines } from './screen.js';

/** Between two frames, ms: fast enough to follow, slow enough to cost nothing. */
const FRAME_MS = 125;
/** Longest goal that can be typed, as the node accepts it (SAGE_407). */
const GOAL_LENGTH_MAX = 500;

const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';

export interface LiveViewOptions {
  readonly stdin: ReadStream;
  readonly stdout: WriteStream;
  /** The model to show now. */
  readonly model: () => ViewModel;
  readonly onGoal: (text: string) => void;
  /** Ctrl-C; the view stays until it is closed. */
  readonly onInterrupt: () => void;
  readonly colour: boolean;
}

export interface LiveView {
  /** Gives the terminal back as it was. */
  close(): void;
}

/** What a key press does to the goal being typed. */
export type Typed = { readonly input: string; readonly goal: string | null; readonly interrupt: boolean };

/** Shows the live view on a terminal, on its alternate screen, until it is closed. */
export function showLiveView(options: LiveViewOptions): LiveView {
  const { stdin, stdout, model, onGoal, onInterrupt, colour } = options;
  const painter = new Painter();
  let input = '';
  const draw = () => {
    const size = { columns: stdout.columns || 80, rows: stdout.rows || 24 };
    const rows = screenLines(model(), size, input).map((line) => ansi(line, colour));
    // A terminal that does not take the last frame yet (a slow link, or suspended) gets no other on top of it.
    if (stdout.writableNeedDrain) painter.reset();
    else stdout.write(painter.frame(rows));
  };
  const onResize = () => {
    painter.reset();
    draw();
  };
  const onKey = (text: string | undefined, key: Key) => {
    const typed = typeKey(input, text, key);
    input = typed.input;
    if (typed.goal !== null) onGoal(typed.goal);
    if (typed.interrupt) onInterrupt();
    draw();
  };
  stdout.write(ENTER);
  const release = listen(stdin, onKey);
  stdout.on('resize', onResize);
  const timer = setInterval(draw, FRAME_MS);
  let closed = false;
  const close = () => {
    if (closed) return;
    closed = true;
    clearInterval(timer);
    stdout.off('resize', onResize);
    release();
    stdout.write(LEAVE);
    process.off('exit', close);
  };
  // Even an error that nobody caught must not leave the user on the alternate screen.
  process.once('exit', close);
  draw();
  return { close };
}

/** Reads keys one by one; the returned function ends that. */
function listen(stdin: ReadStream, onKey: (text: string | undefined, key: Key) => void): () => void {
  emitKeypressEvents(stdin);
  stdin.setRawMode(true);
  stdin.on('keypress', onKey);
  stdin.resume();
  return () => {
    stdin.off('keypress', onKey);
    stdin.setRawMode(false);
    stdin.pause();
  };
}

/** The input after a key: letters append, Backspace and Escape take away, Enter gives the goal. */
export function typeKey(input: string, text: string | undefined, key: Key): Typed {
  const keep = { input, goal: null, interrupt: false };
  if (key.ctrl)
    return key.name === 'c' ? { ...keep, interrupt: true } : key.name === 'u' ? { ...keep, input: '' } : keep;
  switch (key.name) {
    case 'return':
    case 'enter':
      return { input: '', goal: input.trim() === '' ? null : input.trim(), interrupt: false };
    case 'escape':
      return { ...keep, input: '' };
    case 'backspace':
      return { ...keep, input: [...input].slice(0, -1).join('') };
    default: {
      const letters = text === undefined || key.meta || /\p{Cc}/u.test(text) ? '' : text;
      return { ...keep, input: (input + letters).slice(0, GOAL_LENGTH_MAX) };
    }
  }
}
