import type { Parameters } from '../contracts/parameters/index.js';
import type {
  SalienceContext,
  SalienceReading,
  SalienceScorer,
  Snarc,
  SourceSalience,
} from '../contracts/salience.js';
import { ArousalMeter } from './arousal.js';
import { biasScores, softmax } from './attention.js';
import { Consolidation } from './consolidation.js';
import { NO_OUTCOME, NoveltyBank } from './novelty.js';
import { PeriodicFilter } from './periodic-filter.js';
import { ElementPredictor, surpriseOf } from './predictor.js';

export type SalienceParameters = Parameters['salience'];

/** Sources come from the configuration; beyond this many, the one not seen for longest is dropped. */
const SOURCES_MAX = 64;

const unit = (value: number) => (value > 0 ? Math.min(1, value) : 0);

/** State of one source: predictor, memory, surprise buffer, and the scores of its last fresh reading. */
class SourceState {
  readonly surprises: Float64Array;
  readonly predictor: ElementPredictor;
  readonly bank: NoveltyBank;
  private readonly repetition: PeriodicFilter;
  private readonly arousal_meter = new ArousalMeter();
  private readonly inpainted: Float64Array;
  private surprise_count = 0;
  private surprise_sum = 0;
  /** Embedding of the last fresh reading as a unit vector. */
  private readonly direction: Float32Array;
  /** Expected outcome near the last fresh reading, 0..1. */
  expected = NO_OUTCOME;
  surprise = 0;
  novelty = 0;
  arousal = 0;

  constructor(
    dimension: number,
    channels: number,
    private readonly parameters: SalienceParameters,
  ) {
    this.predictor = new ElementPredictor(dimension, channels, parameters);
    this.repetition = new PeriodicFilter(dimension, parameters);
    this.bank = new NoveltyBank(dimension, parameters.memory_size, parameters.novelty_store);
    this.inpainted = new Float64Array(dimension);
    this.surprises = new Float64Array(parameters.surprise_buffer);
    this.direction = new Float32Array(dimension);
  }

  fits(reading: SalienceReading): boolean {
    const { dimension, channels } = this.predictor;
    return reading.embedding.length === dimension && channelsOf(reading) === channels;
  }

  accept(): void {
    this.predictor.accept();
    this.repetition.accept();
  }

  learn({ embedding, weights }: SalienceReading, now_ms: number): void {
    const { predictor, inpainted } = this;
    // The predictor sees the stream without its periodic part.
    const steady = this.repetition.remove(embedding, weights, now_ms, (index, level) =>
      predictor.expect(index, level),
    );
    this.surprise = predictor.score(steady, weights, now_ms);
    this.repetition.learn(embedding, predictor.usable, predictor.errors2);
    // Hidden elements take their expected value, so that the robot's own arm is not a novelty.
    const { usable, mean } = predictor;
    for (let index = 0; index < inpainted.length; index++) {
      inpainted[index] = usable[index] === 0 ? mean[index]! : embedding[index]!;
    }
    this.novelty = this.bank.score(inpainted);
    this.direction.set(this.bank.direction);
    this.expected = this.bank.expectedOutcome(this.novelty);
    this.arousal = this.arousal_meter.score(inpainted, usable, this.parameters.spread_floor);
    this.remember(this.surprise);
  }

  private remember(surprise: number): void {
    const { surprises } = this;
    const at = this.surprise_count++ % surprises.length;
    this.surprise_sum += surprise - surprises[at]!;
    surprises[at] = surprise;
    // Recompute the sum once per round so that rounding errors cannot build up.
    if (at === 0) this.surprise_sum = surprises.reduce((sum, one) => sum + one, 0);
  }

  /** Surprise of each patch, 0..1: that of the largest error among its channels. */
  patchSurprise(): Float32Array {
    const { errors2, channels, dimension } = this.predictor;
    const patches = new Float32Array(dimension / channels);
    for (let patch = 0; patch < patches.length; patch++) {
      let largest = 0;
      for (let index = patch * channels; index < (patch + 1) * channels; index++) {
        if (errors2[index]! > largest) largest = errors2[index]!;
      }
      patches[patch] = surpriseOf(Math.sqrt(largest));
    }
    return patches;
  }

  /** Period and current phase of the source; null where it is not periodic. */
  get repeats(): SourceSalience['repeats'] | null {
    const { period_s, phase } = this.repetition;
    return period_s === null || phase === null ? null : { period_s, phase };
  }

  /** A copy of the current direction; null for the zero vector. */
  currentDirection(): Float32Array | null {
    return this.direction.some((value) => value !== 0) ? this.direction.slice() : null;
  }

  /** Mean of the recent surprises, 0..1. */
  meanSurprise(): number {
    return unit(this.surprise_sum / Math.max(1, Math.min(this.surprise_count, this.surprises.length)));
  }

  /** The recent surprises, oldest first. */
  history(): number[] {
    const { surprises, surprise_count: count } = this;
    const first = Math.max(0, count - surprises.length);
    return Array.from(
      { length: count - first },
      (_, index) => surprises[(first + index) % surprises.length]!,
    );
  }
}

const channelsOf = ({ channels, embedding }: SalienceReading) =>
  channels !== undefined && channels >= 1 && embedding.length % channels === 0 ? channels : 1;

/** A scorer that exposes its surprise buffer. */
export interface SnarcScorer extends SalienceScorer {
  /** Surprise of the last fresh readings of a source, oldest first, at most parameters.surprise_buffer. */
  surpriseHistory(source: string): readonly number[];
}

/**
 * SNARC per source (seeds/000 §2.3, §3.1): surprise of an online predictor, novelty against a bounded memory,
 * arousal as normalised entropy, reward and conflict from the context, and their softmax-weighted sum. All
 * are 0..1 and finite for every input. A stale or repeated reading keeps the last sensed scores and trains
 * nothing. Results come in the order of the readings.
 */
export function createSalienceScorer(parameters: SalienceParameters): SnarcScorer {
  const sources = new Map<string, SourceState>();
  const weights = softmax(parameters.weights);
  const consolidation = new Consolidation(parameters);
  let banks: ReadonlyMap<string, NoveltyBank> | null = null;

  /** The state of a source; a new one if the source is unknown or the shape of its embedding changed. */
  function stateOf(reading: SalienceReading): SourceState {
    let state = sources.get(reading.source);
    sources.delete(reading.source);
    if (!state?.fits(reading)) state = createState(reading);
    sources.set(reading.source, state);
    if (sources.size > SOURCES_MAX) sources.delete(sources.keys().next().value!);
    return state;
  }

  function createState(reading: SalienceReading): SourceState {
    banks = null;
    return new SourceState(reading.embedding.length, channelsOf(reading), parameters);
  }

  /** Memories by source name, in an order that does not depend on which source was seen last. */
  function banksByName(): ReadonlyMap<string, NoveltyBank> {
    banks ??= new Map([...sources.keys()].sort().map((name) => [name, sources.get(name)!.bank]));
    return banks;
  }

  function combine({ surprise, novelty, arousal, reward, conflict }: Snarc): number {
    const [ofSurprise, ofNovelty, ofArousal, ofReward, ofConflict] = weights;
    return unit(
      surprise * ofSurprise! +
        novelty * ofNovelty! +
        arousal * ofArousal! +
        reward * ofReward! +
        conflict * ofConflict!,
    );
  }

  function scoreOne(reading: SalienceReading, context: SalienceContext): SourceSalience {
    const { source, age_ms, stale, fresh } = reading;
    const learns = fresh && !stale && reading.embedding.length > 0;
    const state = learns ? stateOf(reading) : sources.get(source);
    if (learns) state?.learn(reading, context.now_ms);
    const surprise = unit(state?.surprise ?? 0);
    const novelty = unit(state?.novelty ?? 0);
    const arousal = unit(state?.arousal ?? 0);
    // What was just gained or lost, and what came of similar situations before.
    const expected = state?.expected ?? NO_OUTCOME;
    const reward = unit((context.reward.get(source) ?? NO_OUTCOME) + expected - NO_OUTCOME);
    const conflict = unit(context.conflict.get(source) ?? 0);
    const combined = combine({ surprise, novelty, arousal, reward, conflict });
    const scored = {
      source,
      surprise,
      novelty,
      arousal,
      reward,
      conflict,
      combined,
      age_ms,
      stale,
    };
    const repeats = state?.repeats ?? null;
    return repeats === null ? scored : { ...scored, repeats };
  }

  return {
    score: (readings, context) => readings.map((reading) => scoreOne(reading, context)),
    accept(source?: string): void {
      for (const [name, state] of sources) if (source === undefined || name === source) state.accept();
    },
    acceptPatches: (source, patches) => sources.get(source)?.predictor.acceptPatches(patches),
    patchSurprise: (source) => sources.get(source)?.patchSurprise() ?? null,
    surpriseDurations: (source) => sources.get(source)?.predictor.surpriseDurations() ?? null,
    bias(salience, shares) {
      const columns = salience.map(({ source }) => shares.get(source) ?? 0);
      const [biased] = biasScores([salience.map(({ combined }) => combined)], columns);
      return salience.map((one, column) => ({ ...one, combined: unit(biased![column]!) }));
    },
    noteOutcome(outcome: number, names: readonly string[]): void {
      for (const source of names) {
        const shown = sources.get(source)?.currentDirection() ?? null;
        if (shown !== null) consolidation.note(source, shown, unit(outcome));
      }
    },
    consolidate: (work_s) => {
      const lately = (source: string) => sources.get(source)?.meanSurprise() ?? 0;
      return consolidation.advance(work_s, banksByName(), lately);
    },
    surpriseHistory: (source) => sources.get(source)?.history() ?? [],
  };
}
