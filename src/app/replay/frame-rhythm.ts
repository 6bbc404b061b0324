import type { AnyIrpPlugin, StepContext } from '../../contracts/irp.js';
import type { CameraFrame } from '../../contracts/observation.js';
import type { BagFrame } from './bag-images.js';
import { type FrameTask, isSame, looksAtFrame } from './frame-task.js';

/** Refinements that are done or under way ahead of their start, at most: each holds a frame and what a model keeps. */
const AHEAD_MAX = 3;
/** Starts farther apart than this are no rhythm, cycles. */
const GAP_MAX = 40;

/** What a rhythm knows of its bag. */
export interface RhythmOptions {
  /** The newest frame that a cycle at this time would have; null where there is none. */
  readonly frameAt: (time_ms: number) => Promise<BagFrame | null>;
  /** Told of a frame that nobody looks at any more. */
  readonly done: (frame: CameraFrame) => void;
  /** When a cycle is due, ms. */
  readonly timeOf: (cycle: number) => number;
}

/** One refinement that was begun before anybody asked for it. */
interface Ahead {
  readonly cycle: number;
  readonly task: FrameTask;
  readonly stop: AbortController;
  /** What initState gives. */
  readonly first: Promise<unknown>;
  /** The latest state that was made of it; null where there is none. */
  latest: { readonly state: unknown } | null;
  /** Whether another state may still come. */
  under_way: boolean;
  /** Resolves once nothing of it is under way. */
  ended: Promise<void>;
}

/** The refinements of one plugin: when they are asked for, and what was begun of the next ones. */
export class FrameRhythm {
  /** The task that was asked for last. */
  private latest: FrameTask | null = null;
  private last_cycle: number | null = null;
  private gap: number | null = null;
  /** Steps of the refinement under way, and of the one before. */
  private steps = 0;
  private steps_before = 0;
  private ahead: Ahead[] = [];
  private working: Promise<void> | null = null;
  private closed = false;
  /** What comes after a state, and what projection made of one, where that was foreseen. */
  private next = new WeakMap<object, Promise<unknown>>();
  private projected = new WeakMap<object, unknown>();
  /** Counts how often all was forgotten: what began before that is of no use. */
  private epoch = 0;
  /** The refinement that a foreseen state is of. */
  private readonly origins = new WeakMap<object, Ahead>();
  /** Refinements that were disposed of while a step of them was under way. */
  private readonly leaving = new Set<Promise<void>>();

  constructor(
    private readonly inner: AnyIrpPlugin,
    private readonly options: RhythmOptions,
  ) {}

  get id(): string {
    return this.inner.id;
  }

  get busy(): boolean {
    return this.working !== null;
  }

  /** The plugin as the runner sees it; what is not here is the plugin's own. */
  plugin(): AnyIrpPlugin {
    const over: Pick<AnyIrpPlugin, 'initState' | 'step' | 'project' | 'dispose'> = {
      initState: (task, context) => this.initState(task, context),
      step: (state, context) => this.step(state, context),
      project: (state) => this.project(state),
      ...(this.inner.dispose === undefined ? {} : { dispose: (state) => this.dispose(state) }),
    };
    return new Proxy(this.inner, {
      get: (inner, key) => {
        if (key in over) return Reflect.get(over, key);
        const own: unknown = Reflect.get(inner, key);
        return typeof own === 'function' ? own.bind(inner) : own;
      },
    });
  }

  started(cycle: number): void {
    const gap = this.last_cycle === null ? null : cycle - this.last_cycle;
    this.gap = gap === null || gap > GAP_MAX ? null : gap;
    this.last_cycle = cycle;
  }

  forget(): void {
    this.epoch += 1;
    this.next = new WeakMap();
    this.projected = new WeakMap();
    for (const ahead of this.ahead.splice(0)) this.leave(ahead);
  }

  async close(): Promise<void> {
    this.closed = true;
    const dropped = this.ahead.splice(0).map((ahead) => this.drop(ahead));
    await Promise.all([...dropped, ...this.leaving, this.working]);
  }

  private initState(task: unknown, context: StepContext): unknown {
    this.steps_before = this.steps;
    this.steps = 0;
    const found = this.take(task);
    const first = found?.first.catch(() => this.inner.initState(task, context));
    // A refinement that nobody foresaw goes to its model before those that nobody asked for yet.
    const state = first ?? this.inner.initState(task, context);
    if (looksAtFrame(task)) this.look(task);
    return state;
  }

  /** Where a foreseen step failed the refinement does it again, and tells what is wrong itself. */
  private step(state: unknown, context: StepContext): unknown {
    this.steps += 1;
    const next = isObject(state) ? this.next.get(state) : undefined;
    if (next === undefined) return this.inner.step(state, context);
    return next.catch(() => this.inner.step(state, context));
  }

  private project(state: unknown): unknown {
    if (!isObject(state)) return this.inner.project(state);
    // The very object that the next step was begun with.
    return this.projected.has(state) ? this.projected.get(state) : this.inner.project(state);
  }

  /**
   * A refinement that ends earlier than the one before leaves states that were foreseen and not taken. It is disposed of
   * once, as ever, but by the latest state that was made of it, and not before that is there: a plugin that frees what
   * came up to a state would otherwise keep what came after.
   */
  private dispose(state: unknown): void {
    const ahead = isObject(state) ? this.origins.get(state) : undefined;
    if (ahead === undefined) {
      this.inner.dispose?.(state);
    } else if (!ahead.under_way) {
      this.inner.dispose?.((ahead.latest ?? { state }).state);
      this.options.done(ahead.task.frame);
    } else {
      this.leave(ahead);
    }
  }

  private leave(ahead: Ahead): void {
    const leaving = this.drop(ahead).finally(() => this.leaving.delete(leaving));
    this.leaving.add(leaving);
  }

  /** What was begun of this very task; what is out of the rhythm now is dropped. */
  private take(task: unknown): Ahead | null {
    const { last_cycle, gap } = this;
    if (!looksAtFrame(task) || last_cycle === null) return null;
    const found = this.ahead.find((ahead) => ahead.cycle === last_cycle && isSame(ahead.task, task)) ?? null;
    const kept: Ahead[] = [];
    for (const ahead of this.ahead) {
      const wait = ahead.cycle - last_cycle;
      if (gap !== null && wait > 0 && wait % gap === 0) kept.push(ahead);
      else if (ahead !== found) void this.drop(ahead);
    }
    this.ahead = kept;
    return found;
  }

  private look(task: FrameTask): void {
    this.latest = task;
    if (this.working !== null || this.nextCycle() === null) return;
    this.working = this.work().finally(() => {
      this.working = null;
    });
  }

  /** Begins one after the other of the refinements that come next in the rhythm, until enough are ahead. */
  private async work(): Promise<void> {
    let latest_ended: Promise<unknown> = Promise.resolve();
    for (let cycle = this.nextCycle(); cycle !== null; cycle = this.nextCycle()) {
      const found = await this.options.frameAt(this.options.timeOf(cycle)).catch(unforeseen);
      const { latest } = this;
      if (found === null || latest === null || this.closed || found.stamp_ms <= latest.stamp_ms) break;
      const ahead = this.begin(cycle, { ...latest, ...found });
      this.ahead.push(ahead);
      // Not until all of it is done: its first step waits for its model already, and the next frame waits behind it.
      await ahead.first.catch(unforeseen);
      latest_ended = ahead.ended;
    }
    await latest_ended;
  }

  private nextCycle(): number | null {
    const { last_cycle, gap } = this;
    if (this.closed || last_cycle === null || gap === null || this.ahead.length >= AHEAD_MAX) return null;
    return (this.ahead.at(-1)?.cycle ?? last_cycle) + gap;
  }

  private begin(cycle: number, task: FrameTask): Ahead {
    const stop = new AbortController();
    const first = (async () => this.inner.initState(task, foreseeing(0, stop.signal)) as unknown)();
    const ended = Promise.resolve();
    const ahead: Ahead = { cycle, task, stop, first, latest: null, under_way: true, ended };
    ahead.ended = this.goOn(ahead);
    return ahead;
  }

  /** As many steps as the refinement before made, each begun once the state before it is there. */
  private async goOn(ahead: Ahead): Promise<void> {
    const { signal } = ahead.stop;
    const { epoch } = this;
    let coming = ahead.first;
    try {
      for (let steps = 0; ; steps++) {
        const raw = await coming;
        const state: unknown = this.inner.project(raw);
        ahead.latest = { state };
        if (!isObject(raw) || !isObject(state)) break;
        this.origins.set(raw, ahead).set(state, ahead);
        if (epoch !== this.epoch) break;
        this.projected.set(raw, state);
        if (steps >= this.steps_before || signal.aborted) break;
        coming = Promise.resolve(this.inner.step(state, foreseeing(steps, signal)));
        this.next.set(state, coming);
      }
    } catch (thrown) {
      unforeseen(thrown);
    } finally {
      ahead.under_way = false;
    }
  }

  /** Gives back what a refinement holds that nobody asked for, or nobody any more. */
  private async drop(ahead: Ahead): Promise<void> {
    ahead.stop.abort(new Error('not requested'));
    await ahead.ended;
    try {
      if (ahead.latest !== null) this.inner.dispose?.(ahead.latest.state);
    } catch (thrown) {
      // No refinement is left that it could fail, and nobody waits for this in time: it would end the process.
      unforeseen(thrown);
    }
    this.options.done(ahead.task.frame);
  }
}

function foreseeing(step_idx: number, signal: AbortSignal): StepContext {
  const random = (): number => {
    throw new Error('random numbers come with a refinement, so a step that draws them cannot start early');
  };
  return { step_idx, random, signal };
}

/** What fails ahead of its time is done again when it is asked for, and tells then what is wrong. */
function unforeseen(_thrown: unknown): null {
  return null;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
