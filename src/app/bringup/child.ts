import { type ChildProcess, spawn } from 'node:child_process';
import { messageOf } from '../../contracts/errors.js';
import { Tail } from './tail.js';

/** Time for a process to exit once asked to, ms; then it is killed. */
const STOP_MS = 5000;

export interface ChildSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Why it could not be started, else null. */
  readonly error: string | null;
}

export interface ChildEvents {
  readonly onLine: (line: string) => void;
  readonly onMessage: (message: unknown) => void;
}

/**
 * A process of the bring-up, with an IPC channel. It stands in a process group of its own: a Ctrl-C at the terminal
 * reaches it only through us, in our order, and what it started ends with it. When we die unexpectedly, it sees
 * the channel close.
 */
export class Child {
  readonly name: string;
  readonly exited: Promise<Exit>;
  private readonly child: ChildProcess;
  private readonly tail: Tail;
  private exit: Exit | null = null;

  constructor(
    spec: ChildSpec,
    events: ChildEvents,
    private readonly stop_ms = STOP_MS,
  ) {
    this.name = spec.name;
    this.tail = new Tail(events.onLine);
    this.child = spawn(spec.command, spec.args, {
      env: spec.env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => this.tail.write(text));
    }
    this.child.on('message', events.onMessage);
    this.exited = new Promise((resolve) => {
      const end = (exit: Exit) => {
        this.exit = exit;
        this.tail.end();
        resolve(exit);
      };
      this.child.once('error', (error) => end({ code: null, signal: null, error: messageOf(error) }));
      // `close` comes after the last output, `exit` may come before it; a grandchild may hold the pipes open.
      this.child.once('exit', (code, signal) => {
        const done = () => end({ code, signal, error: null });
        const late = setTimeout(done, 200);
        this.child.once('close', () => {
          clearTimeout(late);
          done();
        });
      });
    });
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  get running(): boolean {
    return this.exit === null;
  }

  /** The last lines of its output, both streams in the order of arrival. */
  get lastLines(): readonly string[] {
    return this.tail.lines();
  }

  /** Sends over the channel; false when it is closed. */
  send(message: object): boolean {
    if (!this.child.connected) return false;
    // A failure here is a process that ends just now, which `exited` reports.
    return this.child.send(message, () => {});
  }

  /** Asks it to end, and kills its whole group when it does not in time. Resolves when it is gone. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Exit> {
    if (this.running) this.child.kill(signal);
    const timer = setTimeout(() => this.killGroup(), this.stop_ms);
    const exit = await this.exited;
    clearTimeout(timer);
    // What it may have left behind, such as a model host that hangs.
    this.killGroup();
    return exit;
  }

  private killGroup(): void {
    const { pid } = this.child;
    if (pid === undefined) return;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch (thrown) {
      // The usual case: nobody of the group is left.
      if ((thrown as NodeJS.ErrnoException).code !== 'ESRCH') throw thrown;
    }
  }
}

/** An exit in words: `ended with code 1`, `was killed by SIGSEGV`, `could not be started: …`. */
export function exitText({ code, signal, error }: Exit): string {
  if (error !== null) return `could not be started: ${error}`;
  return signal !== null ? `was killed by ${signal}` : `exited with code ${code}`;
}
