import { SageError } from '../../contracts/errors.js';
import type { GoalEvent } from '../../contracts/goal.js';
import type { NodeMessage, NodeStatus } from '../../contracts/status.js';
import type { ViewEvent } from '../view/model.js';
import { Child, type ChildSpec, type Exit, exitText } from './child.js';

/** Time for the node to take goals after its process was started, ms. */
const READY_MS = 60_000;
/** Goals given in one run that are followed up; more are sent, but only these are looked back on. */
const GOALS_MAX = 64;

/** The node speaks over its channel; the world is stopped last, so that the arm has something to hold in. */
export type ProcessRole = 'node' | 'world' | 'other';

export interface ProcessSpec extends ChildSpec {
  readonly role: ProcessRole;
}

export interface RunOptions {
  readonly processes: readonly ProcessSpec[];
  /** Given once, when the node is ready. */
  readonly goal: string | null;
  /** How long to run once the node is ready; null = until it is stopped. */
  readonly seconds: number | null;
  readonly onEvent: (event: ViewEvent) => void;
  readonly onLine: (process: string, line: string) => void;
}

export interface RunResult {
  /** Why it ended, in words: `30 s were over`, `interrupted`, `sage ended with code 1`. */
  readonly exit_reason: string;
  /** Why it ended before it should have; null for a run that ended as asked. */
  readonly failure: SageError | null;
  /** The last lines of the process that ended by itself. */
  readonly last_lines: readonly string[];
  readonly last_status: NodeStatus | null;
  /** The last event of each goal given in this run. */
  readonly goals: readonly GoalEvent[];
  /** From the first process to a node that takes goals, ms; null where it did not come to that. */
  readonly ready_after_ms: number | null;
}

/**
 * Starts processes, follows what the node says, and ends them all: when the time is over, when it is stopped, or
 * when one of them ends by itself. Resolves when none is left.
 */
export class Run {
  readonly ended: Promise<RunResult>;
  private readonly children: { readonly child: Child; readonly role: ProcessRole }[] = [];
  private readonly goals = new Map<string, GoalEvent>();
  private readonly timers: NodeJS.Timeout[] = [];
  private readonly begun_ms = performance.now();
  private status: NodeStatus | null = null;
  private ready_after_ms: number | null = null;
  private nodeFailure: SageError | null = null;
  private end: (result: RunResult) => void = () => {};
  private stopping = false;

  constructor(private readonly options: RunOptions) {
    this.ended = new Promise((resolve) => {
      this.end = resolve;
    });
    for (const spec of options.processes) this.start(spec);
    this.after(READY_MS, () => {
      if (this.ready_after_ms === null) void this.finish('the node was not ready', this.notReady());
    });
  }

  /** Ends the run in order; a second call changes nothing. */
  stop(reason: string): void {
    void this.finish(reason, null);
  }

  /** Gives the node a goal; false when it cannot take one now. */
  giveGoal(text: string): boolean {
    const node = this.children.find(({ role }) => role === 'node');
    return node?.child.send({ kind: 'goal', text }) ?? false;
  }

  private start(spec: ProcessSpec): void {
    const { name, role } = spec;
    const tell = (state: 'starting' | 'running' | 'ended', detail = '') =>
      this.options.onEvent({ kind: 'process', process: { name, state, detail } });
    const child = new Child(spec, {
      onLine: (line) => this.options.onLine(name, line),
      onMessage: (message) => {
        if (role === 'node') this.onMessage(message as NodeMessage);
      },
    });
    this.children.push({ child, role });
    tell(role === 'node' ? 'starting' : 'running');
    void child.exited.then((exit) => {
      tell('ended', this.stopping ? '' : exitText(exit));
      if (!this.stopping) void this.finish(`${name} ${exitText(exit)}`, this.died(child, exit), child);
    });
  }

  private onMessage(message: NodeMessage): void {
    if (message.kind === 'failed') {
      // Told once, at the end, which comes at once.
      this.nodeFailure = new SageError(message.code, message.where, message.detail);
      return;
    }
    this.options.onEvent({ kind: 'message', message });
    if (message.kind === 'ready') this.onReady();
    if (message.kind !== 'status') return;
    this.status = message;
    for (const event of message.goals) {
      this.goals.delete(event.goal_id);
      this.goals.set(event.goal_id, event);
      if (this.goals.size > GOALS_MAX) this.goals.delete(this.goals.keys().next().value as string);
    }
  }

  private onReady(): void {
    if (this.ready_after_ms !== null) return;
    this.ready_after_ms = performance.now() - this.begun_ms;
    for (const { child, role } of this.children) {
      if (role === 'node') {
        this.options.onEvent({
          kind: 'process',
          process: { name: child.name, state: 'running', detail: '' },
        });
      }
    }
    const { goal, seconds } = this.options;
    if (goal !== null) this.giveGoal(goal);
    if (seconds !== null) this.after(seconds * 1000, () => this.stop(`time limit of ${seconds} s reached`));
  }

  private died(child: Child, exit: Exit): SageError {
    // A node that says what went wrong knows better than its exit code.
    return this.nodeFailure ?? new SageError('SAGE_802', child.name, exitText(exit));
  }

  private notReady(): SageError {
    return new SageError('SAGE_805', 'sage', `no answer for ${READY_MS / 1000} s`);
  }

  private after(delay_ms: number, work: () => void): void {
    this.timers.push(setTimeout(work, delay_ms));
  }

  private async finish(exit_reason: string, failure: SageError | null, culprit?: Child): Promise<void> {
    if (this.stopping) return;
    this.stopping = true;
    for (const timer of this.timers) clearTimeout(timer);
    // The world stays until the node has braked the arm in it.
    const worlds = this.children.filter(({ role }) => role === 'world');
    const others = this.children.filter(({ role }) => role !== 'world');
    await Promise.all(others.map(({ child }) => child.stop()));
    await Promise.all(worlds.map(({ child }) => child.stop()));
    const speaker =
      culprit ?? (failure ? this.children.find(({ role }) => role === 'node')?.child : undefined);
    this.end({
      exit_reason,
      failure,
      last_lines: speaker?.lastLines ?? [],
      last_status: this.status,
      goals: [...this.goals.values()],
      ready_after_ms: this.ready_after_ms,
    });
  }
}
