import { RESOURCES, type Resource } from '../../../contracts/irp.js';
import type { MetabolicStateName } from '../../../contracts/metabolism.js';
import { seededRandom } from '../../../contracts/ports.js';
import type { Snarc } from '../../../contracts/salience.js';

/** Length of an episode and of its H-steps. */
export const EPISODE_MS = 10_000;
export const TICK_MS = 50;

/** How the energy of one refinement falls: floor + (1 − floor) · exp(−rate · (step − delay)), from 1. */
export interface Curve {
  readonly rate: number;
  readonly floor: number;
  /** Steps at the beginning that bring nothing. */
  readonly delay: number;
}

export interface ScenarioPlugin {
  readonly id: string;
  readonly resource: Resource;
  readonly source: string | null;
  readonly init_atp: number;
  readonly step_atp: number;
  /** Time of one step, ms. */
  readonly step_ms: number;
  readonly max_steps: number;
  /** Goal need that its faculty states while nothing needs it, 0..1. */
  readonly background_need: number;
  /** Shortest time between two of its refinements while nothing needs it, ms. */
  readonly period_ms: number;
  /** Of its refinements that serve no demand. */
  readonly idle_curve: Curve;
}

/** What one plugin has to reach for a demand. */
export interface Requirement {
  readonly plugin: string;
  readonly goal_need: number;
  /** Share of the initial energy that may be left at most. */
  readonly energy_max: number;
  readonly curve: Curve;
}

/** Something that counts: a step of the goal, or something that really happened at a source. */
export interface Demand {
  readonly id: string;
  readonly kind: 'goal' | 'event';
  readonly begin_ms: number;
  readonly deadline_ms: number;
  readonly requirements: readonly Requirement[];
}

/** A time in which a source is salient; `real` where it is a demand, else a distraction. */
export interface Burst {
  readonly source: string;
  readonly begin_ms: number;
  readonly end_ms: number;
  readonly real: boolean;
  readonly snarc: Snarc;
}

export interface Scenario {
  readonly seed: number;
  readonly atp_per_s: number;
  readonly plugins: readonly ScenarioPlugin[];
  readonly sources: readonly string[];
  readonly demands: readonly Demand[];
  readonly bursts: readonly Burst[];
  /** The metabolic state from this time on, the first from 0. */
  readonly states: readonly { readonly from_ms: number; readonly state: MetabolicStateName }[];
}

/** `train` and `held-out` draw from the same ranges with other seeds; `shifted` from ranges beyond them. */
export const SPLITS = ['train', 'validation', 'held-out', 'shifted'] as const;
export type Split = (typeof SPLITS)[number];

const SEED_BASE: Readonly<Record<Split, number>> = {
  train: 0,
  validation: 10_000_000,
  'held-out': 20_000_000,
  shifted: 30_000_000,
};

interface Ranges {
  readonly plugins: readonly [number, number];
  readonly atp_per_s: readonly [number, number];
  readonly rate: readonly [number, number];
  readonly step_atp: readonly [number, number];
  readonly hopeless: number;
  readonly distractions_per_s: number;
  readonly slack: readonly [number, number];
}

const USUAL: Ranges = {
  plugins: [4, 10],
  atp_per_s: [100, 800],
  rate: [0.08, 0.5],
  step_atp: [1, 12],
  hopeless: 0.15,
  distractions_per_s: 0.6,
  slack: [1.2, 3.5],
};

/** More plugins, slower curves, dearer steps, more distraction and more that cannot be done. */
const SHIFTED: Ranges = {
  plugins: [9, 13],
  atp_per_s: [80, 1200],
  rate: [0.05, 0.7],
  step_atp: [0.5, 16],
  hopeless: 0.25,
  distractions_per_s: 1.0,
  slack: [1.0, 4.5],
};

/** The scenario of this number in this split; equal arguments give equal scenarios. */
export function createScenario(split: Split, index: number): Scenario {
  const seed = SEED_BASE[split] + index;
  return new Draw(seed, split === 'shifted' ? SHIFTED : USUAL).scenario();
}

class Draw {
  private readonly random: () => number;

  constructor(
    private readonly seed: number,
    private readonly ranges: Ranges,
  ) {
    const source = seededRandom(Math.imul(seed, 2654435761));
    for (let warm = 0; warm < 4; warm++) source.next();
    this.random = () => source.next();
  }

  scenario(): Scenario {
    const sources = Array.from({ length: this.whole(2, 5) }, (_, at) => `source-${at}`);
    const count = this.whole(...this.ranges.plugins);
    const plugins = Array.from({ length: count }, (_, at) => this.plugin(at, sources));
    const goals = this.goals(plugins);
    const { demands: events, bursts } = this.happenings(plugins, sources);
    return {
      seed: this.seed,
      atp_per_s: this.logReal(...this.ranges.atp_per_s),
      plugins,
      sources,
      demands: [...goals, ...events].sort((a, b) => a.begin_ms - b.begin_ms || (a.id < b.id ? -1 : 1)),
      bursts,
      states: this.states(),
    };
  }

  private real(low: number, high: number): number {
    return low + (high - low) * this.random();
  }

  private logReal(low: number, high: number): number {
    return low * (high / low) ** this.random();
  }

  private whole(low: number, high: number): number {
    return low + Math.floor(this.random() * (high - low + 1));
  }

  private pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.random() * items.length)]!;
  }

  private curve(): Curve {
    const hopeless = this.random() < this.ranges.hopeless;
    return {
      rate: this.logReal(...this.ranges.rate),
      floor: hopeless ? this.real(0.5, 0.8) : this.real(0, 0.08),
      delay: this.random() < 0.25 ? this.whole(1, 4) : 0,
    };
  }

  private plugin(at: number, sources: readonly string[]): ScenarioPlugin {
    const resource = this.pick(RESOURCES);
    const effector = resource === 'effector';
    const step_atp = this.logReal(...this.ranges.step_atp);
    return {
      id: `plugin-${String(at).padStart(2, '0')}`,
      resource,
      source: effector || this.random() < 0.15 ? null : this.pick(sources),
      init_atp: step_atp * this.real(0.5, 3),
      step_atp,
      step_ms: step_atp * this.real(0.7, 1.4),
      max_steps: this.whole(30, 120),
      background_need: effector ? 0 : this.pick([0, 0, 0.1, 0.2, 0.3]),
      period_ms: this.pick([150, 300, 500]),
      idle_curve: this.curve(),
    };
  }

  private requirement(plugin: ScenarioPlugin, goal_need: number): Requirement {
    return { plugin: plugin.id, goal_need, energy_max: this.real(0.12, 0.4), curve: this.curve() };
  }

  private goals(plugins: readonly ScenarioPlugin[]): Demand[] {
    const demands: Demand[] = [];
    let begin_ms = this.real(200, 1000);
    for (let step = 0; step < 12 && begin_ms < EPISODE_MS - 1500; step++) {
      const count = Math.min(plugins.length, this.pick([1, 1, 2, 2, 3]));
      const chosen = [...plugins]
        .map((plugin) => ({ plugin, luck: this.random() }))
        .sort((a, b) => a.luck - b.luck)
        .slice(0, count);
      const requirements = chosen.map(({ plugin }) => this.requirement(plugin, this.real(0.55, 1)));
      const deadline_ms = Math.min(EPISODE_MS, begin_ms + 1000 * this.real(...this.ranges.slack));
      demands.push({ id: `goal-${step}`, kind: 'goal', begin_ms, deadline_ms, requirements });
      begin_ms = deadline_ms + this.real(0, 600);
    }
    return demands;
  }

  private happenings(plugins: readonly ScenarioPlugin[], sources: readonly string[]) {
    const demands: Demand[] = [];
    const bursts: Burst[] = [];
    for (const source of sources) {
      const watchers = plugins.filter((plugin) => plugin.source === source);
      const rate = (0.5 + this.ranges.distractions_per_s) / sources.length;
      let begin_ms = this.real(300, 3000);
      for (let count = 0; count < 12 && begin_ms < EPISODE_MS - 1000; count++) {
        const real = watchers.length > 0 && this.random() < 0.5 / (0.5 + this.ranges.distractions_per_s);
        const end_ms = Math.min(EPISODE_MS, begin_ms + this.real(900, 2200));
        bursts.push({ source, begin_ms, end_ms, real, snarc: this.snarc(real) });
        if (real) {
          const requirements = [this.requirement(this.pick(watchers), 0)];
          const id = `event-${source}-${count}`;
          demands.push({ id, kind: 'event', begin_ms, deadline_ms: end_ms, requirements });
        }
        begin_ms = end_ms + (1000 / rate) * this.real(0.2, 1.5);
      }
    }
    return { demands, bursts };
  }

  /** What matters surprises and conflicts; a distraction is new and lively, and both have a share of all five. */
  private snarc(real: boolean): Snarc {
    const strong = () => this.real(0.45, 1);
    const weak = () => this.real(0, 0.5);
    return real
      ? {
          surprise: strong(),
          novelty: weak(),
          arousal: weak(),
          reward: this.real(0.4, 0.7),
          conflict: this.real(0.25, 0.9),
        }
      : {
          surprise: weak(),
          novelty: strong(),
          arousal: strong(),
          reward: this.real(0.4, 0.7),
          conflict: this.real(0, 0.3),
        };
  }

  private states(): { from_ms: number; state: MetabolicStateName }[] {
    const first: MetabolicStateName = this.random() < 0.75 ? 'WAKE' : 'FOCUS';
    const states = [{ from_ms: 0, state: first }];
    if (this.random() < 0.4) {
      states.push({ from_ms: this.real(2000, 8000), state: first === 'WAKE' ? 'FOCUS' : 'WAKE' });
    }
    return states;
  }
}
