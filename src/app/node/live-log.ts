import type { Effects } from '../../contracts/effects.js';
import type { Fault } from '../../contracts/errors.js';
import type { LogHeader } from '../../contracts/log.js';
import type { Parameters } from '../../contracts/parameters/index.js';
import type { RunChange } from '../../contracts/run-input.js';
import type { CycleInputs } from '../../kernel/cycle.js';
import type { RunObserver } from '../../replay/run-observer.js';
import type { Graph } from '../../ros/graph.js';
import { liveHeader, withParameters } from '../replay/log-header.js';
import { heardTopics } from '../replay/topic-choice.js';
import { BagLog } from './bag-log.js';
import { RunLog } from './run-log.js';

/** What it needs of the graph. */
export type LiveLogGraph = Pick<Graph, 'topic' | 'taken' | 'changed' | 'log' | 'log_listeners' | 'run'>;

/** The log of a live run, in a file and on its topic, and what a bag must hold beside it to be replayed. */
export class LiveLog {
  private readonly header: LogHeader;
  private readonly observers: readonly RunObserver[];
  /** The clock reading of the first cycle. */
  private begun_ms: number | null = null;

  /**
   * @param parameters the ones that the mind reads, which live changes change
   * @param plugins their ids
   * @throws SageError SAGE_1023 where the file cannot be made
   */
  constructor(
    private readonly graph: LiveLogGraph,
    private readonly parameters: Parameters,
    plugins: readonly string[],
  ) {
    const topics = heardTopics((name) => graph.topic(name));
    this.header = liveHeader(parameters, plugins, topics);
    const told = new BagLog(this.header, {
      publish: (lines) => graph.log(lines),
      listeners: () => graph.log_listeners,
    });
    const { log } = parameters.node;
    this.observers = log === '' ? [told] : [new RunLog(log, this.header), told];
  }

  get faults(): readonly Fault[] {
    return this.observers.flatMap(({ fault }) => (fault === null ? [] : [fault]));
  }

  /** `trust` as it stands after the cycle. */
  cycle(inputs: CycleInputs, effects: Effects, trust: Readonly<Record<string, number>>): void {
    for (const observer of this.observers) observer.cycle(inputs, effects, trust);
    this.graph.taken(inputs.observations, effects);
    if (this.begun_ms !== null) return;
    this.begun_ms = inputs.now_ms;
    this.tellRun();
  }

  /** What the mind works with has changed. */
  change(change: RunChange): void {
    for (const observer of this.observers) observer.change(change);
    this.graph.changed(change);
    if (change.kind === 'parameter') this.tellRun();
  }

  close(): void {
    for (const observer of this.observers) observer.close();
  }

  /** What the run is, with the parameters that count now. */
  private tellRun(): void {
    if (this.begun_ms !== null) this.graph.run(withParameters(this.header, this.parameters), this.begun_ms);
  }
}
