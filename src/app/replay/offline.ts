import { setImmediate as turn } from 'node:timers/promises';
import type { Effects } from '../../contracts/effects.js';
import { type Fault, fault } from '../../contracts/errors.js';
import { type Parameters, setParameter } from '../../contracts/parameters/index.js';
import type { RunChange } from '../../contracts/run-input.js';
import type { CycleInputs } from '../../kernel/cycle.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { Observations } from '../../kernel/latest-buffers.js';
import type { LogEntry } from '../../replay/log-reader.js';
import { composeMind, type Extension } from '../compose.js';
import { type Completions, DeclaredCompletions, RecordedCompletions } from './completions.js';
import type { Foresight } from './foresight.js';
import type { ReplayInference } from './inference.js';

/** Cycles after which signals are heard: some hundredths of a second where nothing else is waited for. */
const TURN_EVERY = 64;

/** A cycle that is due: when, and the cycle of the log that it follows, if any. */
export interface Moment {
  readonly now_ms: number;
  readonly entry: LogEntry | null;
}

/** What came in for a cycle. */
export interface Taken {
  readonly observations: Observations;
  /** What changed before it, in order. */
  readonly changes: readonly RunChange[];
}

export interface OfflineOptions {
  readonly parameters: Parameters;
  readonly inference: ReplayInference;
  readonly extensions: readonly Extension[];
  /** Declared: each step takes its declared time. Recorded: completions come as the log followed has them. */
  readonly costs: 'declared' | 'recorded';
  /** Begins refinements ahead, which changes nothing but how long the run takes; null = none. */
  readonly foresight: Foresight | null;
  /** The cycles, in order. */
  readonly moments: AsyncIterable<Moment>;
  /** What waits for a cycle. */
  readonly inputs: (moment: Moment) => Promise<Taken>;
  /** Told before the cycle of what changed. */
  readonly onChange: (change: RunChange) => void;
  /** Told of each cycle: what went in, what came out, and trust as it stands after it. */
  readonly onCycle: (inputs: CycleInputs, effects: Effects, trust: Readonly<Record<string, number>>) => void;
  /** Told where the run leaves the log that it follows. */
  readonly onParting: (parting: Fault) => void;
}

/**
 * The mind of the live node on recorded inputs, as fast as it goes: the kernel, the plugins and the models are the
 * same, time and completions come from the record or are declared. Nothing depends on the machine.
 */
export class OfflineRun {
  readonly kernel: Kernel;
  /** Ids of the plugins. */
  readonly plugins: readonly string[];
  private readonly completions: Completions;
  private before_ms: number | null = null;

  constructor(private readonly options: OfflineOptions) {
    const { parameters, inference, extensions, costs, foresight, onParting } = options;
    const { kernel, plugins } = composeMind(parameters, inference, extensions);
    this.kernel = kernel;
    this.plugins = plugins.map(({ id }) => id);
    this.completions =
      costs === 'declared'
        ? new DeclaredCompletions(
            foresight === null ? plugins : plugins.map((plugin) => foresight.over(plugin)),
          )
        : new RecordedCompletions(plugins, (cycle, then, now) => onParting(partingOf(cycle, then, now)));
  }

  /** Returns the number of cycles. @throws SageError of the inputs, or of a model host that failed */
  async run(): Promise<number> {
    let cycles = 0;
    try {
      for await (const moment of this.options.moments) {
        await this.cycle(moment, cycles);
        cycles += 1;
        if (cycles % TURN_EVERY === 0) await turn();
      }
    } finally {
      this.completions.close();
      await this.options.foresight?.close();
    }
    return cycles;
  }

  /** `number` counts from 0. */
  private async cycle(moment: Moment, number: number): Promise<void> {
    const { now_ms, entry } = moment;
    const dt_ms = this.before_ms === null ? 0 : Math.max(0, now_ms - this.before_ms);
    this.before_ms = now_ms;
    // Refinements first: while a model runs in its process, the bag is read here. Neither depends on the other.
    const refined = this.completions.reports(dt_ms, entry);
    const [reports, { observations, changes }] = await Promise.all([refined, this.options.inputs(moment)]);
    // Not while steps are computed: whether they saw it would depend on the machine.
    for (const change of changes) this.apply(change);
    const { foresight } = this.options;
    if (foresight !== null) await foresight.breathe();
    const { failure } = this.options.inference;
    if (failure !== null) throw failure;
    const inputs: CycleInputs = { observations, now_ms, reports };
    const effects = this.kernel.cycle(inputs);
    this.completions.submit(effects.jobs, entry);
    this.options.onCycle(inputs, effects, this.kernel.mind.trust);
    if (foresight === null) return;
    foresight.asked(effects.jobs, number);
    await foresight.breathe();
  }

  private apply(change: RunChange): void {
    const { parameters, inference, foresight, onChange } = this.options;
    if (change.kind === 'parameter' && isParameter(parameters, change.path)) {
      setParameter(parameters, change.path, change.value);
      foresight?.forget();
    }
    if (change.kind === 'model' && change.event === 'swap' && change.fault === null) {
      inference.swap(change.replaced, change.model);
      foresight?.forget();
    }
    onChange(change);
  }
}

/** A log of another version may name one that there is none of any more. */
function isParameter(parameters: Parameters, path: string): boolean {
  const [group = '', name = ''] = path.split('.', 2);
  const values = (parameters as unknown as Record<string, object | undefined>)[group];
  return values !== undefined && Object.hasOwn(values, name);
}

/** The first command in which they differ, in words. */
function partingOf(cycle: number, then: readonly object[], now: readonly object[]): Fault {
  const length = Math.max(then.length, now.length);
  let at = 0;
  while (at < length && JSON.stringify(then[at]) === JSON.stringify(now[at])) at += 1;
  const [was, is] = [wordsOf(then[at], now[at]), wordsOf(now[at], then[at])];
  return fault('SAGE_1024', `cycle ${cycle}`, `it requested ${was} then, and ${is} now`);
}

/** What a command asks for; of one that names the same refinement as the other, also what differs. */
function wordsOf(command: object | undefined, other: object | undefined): string {
  if (command === undefined) return 'nothing';
  const { kind, job_id, ...rest } = command as Readonly<Record<string, unknown>>;
  const before = (other ?? {}) as Readonly<Record<string, unknown>>;
  const name = `${String(kind)} ${String(job_id)}`;
  if (before.kind !== kind || before.job_id !== job_id) return name;
  const differs = Object.entries(rest).filter(
    ([key, value]) => JSON.stringify(value) !== JSON.stringify(before[key]),
  );
  return `${name} with ${differs.map(([key, value]) => `${key} ${JSON.stringify(value)}`).join(', ')}`;
}
