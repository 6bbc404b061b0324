import { expect } from 'chai';
import { type Script, SimulatedRun } from '../../src/app/bench/simulated-run.js';
import { loadParameters } from '../../src/app/config.js';
import { tabletopConfig } from '../../src/app/paths.js';
import type { Effects } from '../../src/contracts/effects.js';
import type { InferencePort } from '../../src/contracts/inference.js';
import type { Parameters } from '../../src/contracts/parameters/index.js';
import { createModelHost, type ModelHost } from '../../src/models/index.js';
import { patient } from './models.js';

export const PICK = 'pick up the red block';
export const TIME_MAX_S = 90;

/** What a run did, cycle by cycle, as far as the tests look at it. */
export interface Row {
  readonly time_s: number;
  readonly state: string;
  readonly actions: readonly string[];
  readonly faults: readonly string[];
  readonly rejected: readonly string[];
  readonly moving: boolean;
}

/** Runs of the whole in the simulated world, in virtual time, with one model host for all of a suite. */
export class SimulatedRuns {
  readonly parameters: Parameters = loadParameters([tabletopConfig()]);
  /** What the runs of the present test did. */
  readonly rows: Row[] = [];
  private started: ModelHost | null = null;

  get host(): ModelHost {
    if (this.started === null) throw new Error('the model host is there in tests and hooks only');
    return this.started;
  }

  async start(): Promise<void> {
    this.started = createModelHost({ parameters: patient(this.parameters.models) });
    await this.started.ready();
  }

  begin(
    seed: number,
    script: Script = () => {},
    inference: InferencePort = this.host,
    changed = this.parameters,
  ): SimulatedRun {
    return new SimulatedRun(seed, changed, inference, script, (effects: Effects, world, time_s) => {
      this.rows.push({
        time_s,
        state: effects.metabolic.state,
        actions: effects.actions.map(({ kind }) => kind),
        faults: effects.report.faults.map(({ code }) => code),
        rejected: effects.decision?.rejected.map(({ code }) => code) ?? [],
        moving: world.truth().moving,
      });
    });
  }

  /** Runs until the arm follows a trajectory of the goal, then half a second more. */
  async inMotion(simulated: SimulatedRun): Promise<void> {
    const { rows } = this;
    await simulated.advance(1.5);
    simulated.say(PICK);
    for (let turn = 0; turn < 200 && !rows.some(({ actions }) => actions.includes('trajectory')); turn++)
      await simulated.advance(0.05);
    await simulated.advance(0.5);
    expect(rows.at(-1)?.moving, 'the arm is under way').to.equal(true);
  }

  heldSince(from_s: number): Row[] {
    return this.rows.filter(({ time_s }) => time_s > from_s + 0.7);
  }
}

/** How a goal ended. */
export async function toTheEnd(simulated: SimulatedRun): Promise<string> {
  for (let turn = 0; turn < TIME_MAX_S * 20; turn++) {
    await simulated.advance(0.05);
    if (simulated.ended !== null) return simulated.ended.status;
  }
  return 'no end';
}

/** The runs of the suite around. */
export function simulatedRuns(): SimulatedRuns {
  const runs = new SimulatedRuns();
  before(() => runs.start());
  after(() => runs.host.close());
  beforeEach(() => {
    runs.rows.length = 0;
  });
  return runs;
}
