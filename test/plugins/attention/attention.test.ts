import { expect } from 'chai';
import fc from 'fast-check';
import type { AttentionAnswer, AttentionTask } from '../../../src/contracts/attention.js';
import { defaultParameters } from '../../../src/contracts/parameters/index.js';
import { createVirtualRunner, refine } from '../../../src/irp/index.js';
import {
  type AttentionState,
  createAttentionPlugin,
  entropyOf,
  projectOntoSimplex,
} from '../../../src/plugins/attention/index.js';
import { softmax } from '../../../src/salience/index.js';

const parameters = defaultParameters().attention;
const context = { step_idx: 0, random: () => 0.5, signal: new AbortController().signal };
const score = fc.double({ min: 0, max: 1, noNaN: true });
const tasks = fc
  .record({
    sources: fc.array(score, { maxLength: 8 }),
    patches: fc.option(
      fc.record({ surprise: fc.array(score, { minLength: 6, maxLength: 6 }), goal: fc.boolean() }),
    ),
  })
  .map(
    ({ sources, patches }): AttentionTask => ({
      stamp_ms: 0,
      sources: sources.map((value, index) => ({ source: `s${index}`, score: value })),
      patches:
        patches === null
          ? null
          : {
              source: 'camera',
              rows: 2,
              columns: 3,
              surprise: Float32Array.from(patches.surprise),
              goal: patches.goal ? Float32Array.from([0, 0, 1, 0, 0.5, 0]) : null,
            },
    }),
  );

/** Every state of a refinement from the first on. */
function states(task: AttentionTask, changes: Partial<typeof parameters> = {}): AttentionState[] {
  const plugin = createAttentionPlugin({ ...parameters, ...changes });
  const found = [plugin.project(plugin.initState(task, context) as AttentionState)];
  for (let step_idx = 0; step_idx < plugin.limits.max_steps; step_idx++) {
    const next = plugin.step(found.at(-1)!, { ...context, step_idx }) as AttentionState;
    found.push(plugin.project(next));
  }
  return found;
}

const ports = () => {
  let now_ms = 0;
  return {
    cpuNow_ms: () => {
      now_ms += 0.001;
      return now_ms;
    },
    yieldToLoop: () => new Promise<void>((resolve) => setImmediate(resolve)),
  };
};

describe('attention: entropy-minimising refinement on the simplex', () => {
  it('projects any weights onto the simplex', () => {
    const weights = fc.array(
      fc.oneof(
        fc.double({ min: -1e300, max: 1e300 }),
        fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, 0),
      ),
      { minLength: 1, maxLength: 40 },
    );
    fc.assert(
      fc.property(weights, (list) => {
        const shares = projectOntoSimplex(Float64Array.from(list));
        expect(shares.every((share) => share >= 0 && share <= 1 + 1e-12)).to.equal(true);
        expect(shares.reduce((sum, share) => sum + share, 0)).to.be.closeTo(1, 1e-9);
        expect([...projectOntoSimplex(shares.slice())]).to.satisfy((again: number[]) =>
          again.every((share, index) => Math.abs(share - shares[index]!) < 1e-12),
        );
      }),
    );
  });

  it('is on the simplex after every step, and its entropy falls as the temperature does', () => {
    fc.assert(
      fc.property(tasks, (task) => {
        let entropy_nats = Number.POSITIVE_INFINITY;
        let temperature = Number.POSITIVE_INFINITY;
        for (const state of states(task)) {
          for (const { shares } of state.fields) {
            expect(shares.every((share) => share >= 0)).to.equal(true);
            expect(shares.reduce((sum, share) => sum + share, 0)).to.be.closeTo(1, 1e-9);
          }
          const now_nats = state.fields.reduce((sum, { shares }) => sum + entropyOf(shares), 0);
          expect(now_nats).to.be.at.most(entropy_nats + 1e-9);
          expect(state.temperature).to.be.at.most(temperature);
          entropy_nats = now_nats;
          ({ temperature } = state);
        }
      }),
    );
  });

  it('has an energy that never rises, whatever the schedule', () => {
    const schedules = fc.record({
      temperature_start: fc.double({ min: 0.01, max: 10, noNaN: true }),
      temperature_end: fc.double({ min: 0.01, max: 10, noNaN: true }),
      cooling_steps: fc.integer({ min: 1, max: 30 }),
      rate: fc.double({ min: 0.05, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(tasks, schedules, (task, schedule) => {
        const plugin = createAttentionPlugin({ ...parameters, ...schedule });
        const energies = states(task, schedule).map((state) => plugin.energy(state));
        expect(energies.every((energy) => Number.isFinite(energy) && energy >= 0)).to.equal(true);
        energies.slice(1).forEach((energy, index) => {
          expect(energy).to.be.at.most(energies[index]! * (1 + 1e-9) + 1e-9);
        });
      }),
    );
  });

  it('ends where the softmax at the last temperature is', async () => {
    await fc.assert(
      fc.asyncProperty(tasks, async (task) => {
        const report = await refine(createAttentionPlugin(parameters), task, ports());
        expect(report).to.include({ status: 'halted', fault: null });
        const expected = softmax(task.sources.map(({ score }) => score / parameters.temperature_end));
        const shares = new Map(task.sources.map(({ source }, index) => [source, expected[index]!]));
        for (const { source, share } of (report.best as AttentionAnswer).sources) {
          expect(share).to.be.closeTo(shares.get(source)!, 0.03);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('is broader the earlier it is stopped, and has a whole map at every step', async () => {
    const surprise = new Float32Array(192);
    surprise[37] = 1;
    const task: AttentionTask = {
      stamp_ms: 5,
      sources: [
        { source: 'camera', score: 0.6 },
        { source: 'microphone', score: 0.3 },
      ],
      patches: { source: 'camera', rows: 12, columns: 16, surprise, goal: null },
    };
    const shares: number[] = [];
    for (const max_steps of [0, 2, 4, 8, 16]) {
      const runner = createVirtualRunner([createAttentionPlugin(parameters)], { cost_ms: {} });
      const start = { kind: 'start', job_id: 'a', plugin: 'attention', task, seed: 1 } as const;
      runner.submit({ ...start, grant_matp: 1e6, max_steps });
      await runner.advance(100);
      const answer = runner.drain()[0]!.best as AttentionAnswer;
      expect(answer.sources.reduce((sum, { share }) => sum + share, 0)).to.be.closeTo(1, 1e-6);
      expect(answer.map!.shares.reduce((sum, share) => sum + share, 0)).to.be.closeTo(1, 1e-4);
      shares.push(answer.map!.shares[37]!);
      expect(answer.evidence).to.have.length(1);
      expect(answer.evidence[0]).to.include({ row: 2, column: 5, why: 'surprise', surprise: 1 });
    }
    expect(shares[0]).to.be.closeTo(1 / 192, 1e-6);
    expect(shares).to.deep.equal([...shares].sort((a, b) => a - b));
    expect(shares.at(-1)).to.be.above(0.95);
  });

  it('names what the goal points at, and nothing where nothing speaks for a patch', () => {
    const plugin = createAttentionPlugin(parameters);
    const patches = (goal: Float32Array | null) => ({
      ...{ source: 'camera', rows: 2, columns: 2 },
      ...{ surprise: new Float32Array(4), goal },
    });
    const answer = (goal: Float32Array | null) =>
      plugin.answer(states({ stamp_ms: 0, sources: [], patches: patches(goal) }).at(-1)!);
    expect(answer(null).evidence).to.deep.equal([]);
    const [first, ...others] = answer(Float32Array.from([0, 1, 0, 0])).evidence;
    expect(first).to.include({ row: 0, column: 1, why: 'goal' });
    expect(first!.share).to.be.above(0.9);
    expect(others).to.deep.equal([]);
  });
});
