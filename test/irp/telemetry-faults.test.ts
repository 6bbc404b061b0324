import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { z } from 'zod';
import { projectRoot } from '../../scripts/env.mjs';
import type { IrpPlugin } from '../../src/contracts/irp.js';
import type { Telemetry } from '../../src/contracts/telemetry.js';
import { createTelemetryEmitter } from '../../src/irp/index.js';
import { createLoop, policy } from '../hrm/world.js';

/** The file that others read, not the schema it was made from. */
const file = join(projectRoot, 'config/telemetry.schema.json');
const published = z.fromJSONSchema(JSON.parse(readFileSync(file, 'utf8')));

/** What goes over a wire, checked as a reader of the file would. */
function expectValid(telemetry: Telemetry): void {
  const sent: unknown = JSON.parse(JSON.stringify(telemetry));
  const { success, error } = published.safeParse(sent);
  expect(success, `${error?.message} in ${JSON.stringify(sent)}`).to.equal(true);
}

const number = fc.oneof(
  { weight: 6, arbitrary: fc.double({ min: -10, max: 10, noNaN: true }) },
  fc.constantFrom(
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    0,
    -0,
    1e308,
    -1e308,
    5e-324,
  ),
);

const boom = () => {
  throw new Error('boom');
};

/** What a plugin may do wrong; applied to one that walks down a list of energies. */
const FAULTS = [
  'none',
  'throws in initState',
  'throws in step',
  'throws in project',
  'throws in answer',
  'throws in dispose',
  'throws no error',
  'rejects',
  'never resolves',
  'energy is no number',
  'feasibility is no number',
  'telemetry is no record',
  'halts for a reason of its own',
  'lies about its energy',
  'declares next to nothing',
] as const;

function faulty(
  id: string,
  energies: readonly number[],
  fault: (typeof FAULTS)[number],
): IrpPlugin<unknown, number, number> {
  let calls = 0;
  const wrong = (value: unknown) => value as never;
  const plugin: IrpPlugin<unknown, number, number> = {
    id,
    declaration: {
      state_space: 'index',
      noise_model: 'none',
      energy: 'listed',
      coherence_contribution: 'none',
    },
    resource: 'vision',
    cost: { init_atp: 0.5, step_atp: fault === 'declares next to nothing' ? 1e-9 : 1 },
    limits: { max_steps: energies.length, deadline_ms: 300, halt_eps: 1e-4, halt_k: 2, feasible_margin: 5 },
    initState: () => 0,
    energy: (state) => energies[state % energies.length]!,
    step: (state, context) => state + (context.random() < 0.9 ? 1 : 2),
    project: (state) => state,
    feasibility: (state) => (energies[(state * 7) % energies.length]! || 0) - 3,
    answer: (state) => state,
    emitTelemetry: (state) => ({ state, energy: energies[state % energies.length]! }),
  };
  const changes: Record<(typeof FAULTS)[number], Partial<typeof plugin>> = {
    none: {},
    'throws in initState': { initState: boom },
    'throws in step': { step: (state) => (state > 1 ? boom() : state + 1) },
    'throws in project': { project: (state) => (state > 1 ? boom() : state) },
    'throws in answer': { answer: boom },
    'throws in dispose': { dispose: boom },
    'throws no error': {
      step: () => {
        throw wrong({ toString: () => 'x'.repeat(1e5) });
      },
    },
    rejects: { step: async (state) => (state > 1 ? boom() : state + 1) },
    'never resolves': { initState: async () => 0 },
    'energy is no number': { energy: () => wrong('0.5') },
    'feasibility is no number': { feasibility: () => Number.NaN },
    'telemetry is no record': { emitTelemetry: () => wrong(['a', null, 3]) },
    'halts for a reason of its own': { halt: () => wrong({ reason: 'because', detail: 3 }) },
    'lies about its energy': { energy: () => 1 / ++calls },
    'declares next to nothing': {},
  };
  return { ...plugin, ...changes[fault] };
}

describe('telemetry under faults', () => {
  it('is valid against the published schema for every step and every halt, whatever plugins do', async () => {
    const plugin = fc.record({
      energies: fc.array(number, { minLength: 1, maxLength: 30 }),
      fault: fc.constantFrom(...FAULTS),
    });
    let told = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(plugin, { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        fc.array(fc.constantFrom('WAKE', 'WAKE', 'DREAM', 'CRISIS', 'REST', 'cancel'), { maxLength: 12 }),
        async (kinds, per_step, acts) => {
          const plugins = kinds.map(({ energies, fault }, index) => faulty(`p${index}`, energies, fault));
          const loop = createLoop(plugins, { cost_ms: 8 });
          const tell = createTelemetryEmitter('sage');
          for (const act of acts) {
            if (act === 'cancel') loop.orchestrator.cancel('p0', 'test');
            const state = policy(act === 'cancel' ? 'WAKE' : act);
            const { result } = await loop.hStep({ ...state, exploration_rate: 0.3 });
            for (const one of result.results) {
              const envelopes = tell(one, { per_step, LRC_context: { policy_id: state.state } });
              for (const envelope of envelopes) expectValid(envelope);
              told += envelopes.length;
              if (one.report.fault !== null) expect(one.report.fault.code).to.match(/^SAGE_60[1-9]$/);
            }
          }
        },
      ),
      { numRuns: 60 },
    );
    expect(told).to.be.greaterThan(100);
  });

  it('reports every step once and the halt once, if every step is requested', async () => {
    const energies = Array.from({ length: 40 }, (_, index) => 40 - index);
    const plugin = faulty('p', energies, 'none');
    const limits = { ...plugin.limits, feasible_margin: null, max_steps: 30, deadline_ms: 1e6 };
    for (const per_step of [true, false]) {
      const loop = createLoop([{ ...plugin, limits, step: (state) => state + 1 }], { cost_ms: 8 });
      const tell = createTelemetryEmitter('sage');
      const told: Telemetry[] = [];
      for (let round = 0; round < 12; round++) {
        const { result } = await loop.hStep(policy('FOCUS'), round > 7 ? ['p'] : []);
        for (const one of result.results) told.push(...tell(one, { per_step, LRC_context: {} }));
        if (result.results.some(({ finished }) => finished)) break;
      }
      const steps = told.map(({ step_idx }) => step_idx);
      expect(steps).to.deep.equal(per_step ? Array.from({ length: 31 }, (_, step) => step) : [30]);
      expect(told.at(-1)).to.include({ halt_reason: 'max_steps', E: 10, dE: -1, steps: 30 });
      expect(told.slice(0, -1).every(({ halt_reason }) => halt_reason === null)).to.equal(true);
    }
  });
});
