import type { Writable } from 'node:stream';
import type { ReadStream, WriteStream } from 'node:tty';
import { printable } from '../view/line.js';
import { showLiveView } from '../view/live.js';
import { advance, emptyView, type ViewEvent } from '../view/model.js';
import { PlainLog, SUMMARY_MS } from '../view/plain.js';

/** What a user may do while a run goes on. */
export interface PresenterActions {
  readonly onGoal: (text: string) => void;
  readonly onInterrupt: () => void;
}

/** Shows a run to a user. */
export interface Presenter {
  event(event: ViewEvent): void;
  /** A line that a process wrote. */
  line(process: string, line: string): void;
  /** Whether every such line stands where the user still sees it at the end. */
  readonly keepsLines: boolean;
  close(): void;
}

/** Lines of a process that the live view shows: warnings and errors; it has no room for the rest. */
const REMARKABLE = /\b(WARN|WARNING|ERROR|FATAL|SAGE_\d{3,4})\b/;

/** The live view on a terminal. */
export function livePresenter(
  terminal: { readonly stdin: ReadStream; readonly stdout: WriteStream },
  actions: PresenterActions,
  colour: boolean,
): Presenter {
  const begun_ms = performance.now();
  let model = emptyView;
  const apply = (event: ViewEvent) => {
    model = advance(model, event, performance.now() - begun_ms);
    return model;
  };
  const view = showLiveView({
    ...terminal,
    colour,
    model: () => apply({ kind: 'tick' }),
    onGoal: (text) => {
      apply({ kind: 'note', note: { tone: 'plain', text: `goal sent: ${text}` } });
      actions.onGoal(text);
    },
    onInterrupt: () => {
      apply({ kind: 'note', note: { tone: 'plain', text: 'ending …' } });
      actions.onInterrupt();
    },
  });
  return {
    event: apply,
    line: (process, line) => {
      if (REMARKABLE.test(line)) apply({ kind: 'note', note: { tone: 'bad', text: `${process}: ${line}` } });
    },
    keepsLines: false,
    close: () => view.close(),
  };
}

const HINT = 'to send a goal from another terminal: bin/sage goal "point at the green block"';

/** Plain lines, for what is no terminal. */
export function plainPresenter(stream: Writable): Presenter {
  const begun_ms = performance.now();
  const log = new PlainLog();
  let model = emptyView;
  const apply = (event: ViewEvent) => {
    model = advance(model, event, performance.now() - begun_ms);
    for (const line of log.lines(model)) stream.write(`${line}\n`);
    if (event.kind === 'message' && event.message.kind === 'ready') stream.write(`${HINT}\n`);
  };
  const timer = setInterval(() => apply({ kind: 'tick' }), SUMMARY_MS / 4);
  return {
    event: apply,
    line: (process, line) => stream.write(`[${process}] ${printable(line)}\n`),
    keepsLines: true,
    close: () => clearInterval(timer),
  };
}
