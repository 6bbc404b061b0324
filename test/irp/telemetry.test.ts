import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { projectRoot } from '../../scripts/env.mjs';
import type { JobReport } from '../../src/contracts/irp.js';
import { HALT_REASONS } from '../../src/contracts/irp.js';
import { telemetrySchema } from '../../src/contracts/telemetry.js';
import { refine, telemetryJsonSchema, telemetryOf } from '../../src/irp/index.js';
import { listPlugin, manualPorts } from './plugins.js';

const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
const trust = { monotonicity_ratio: 0.5, dE_variance: 0, contribution_to_H: null };

const reports: fc.Arbitrary<JobReport> = fc.record({
  job_id: fc.string(),
  plugin: fc.string(),
  status: fc.constantFrom('running', 'starved', 'halted', 'failed', 'cancelled'),
  steps: fc.nat(),
  energies: fc.array(finite),
  best_energy: fc.option(finite),
  best_step: fc.nat(),
  best: fc.anything(),
  feasibility: fc.option(finite),
  spent_matp: fc.nat(),
  cpu_ms: fc.double({ min: 0, max: 1e9, noNaN: true }),
  time_ms: fc.double({ min: 0, max: 1e9, noNaN: true }),
  halt_reason: fc.option(fc.constantFrom(...HALT_REASONS)),
  halt_detail: fc.string(),
  fault: fc.constant(null),
});

describe('telemetry', () => {
  it('is always valid against its schema (it failed it), for the last step and for any', () => {
    fc.assert(
      fc.property(
        reports,
        fc.option(fc.nat(), { nil: undefined }),
        fc.option(fc.string()),
        (report, step, id) => {
          const telemetry = telemetryOf(report, id, trust, step === undefined ? {} : { step_idx: step });
          expect(telemetry === null).to.equal(report.energies.length === 0);
          if (telemetry !== null) telemetrySchema.parse(JSON.parse(JSON.stringify(telemetry)));
        },
      ),
    );
  });

  it('carries the change of the step and the halt of the last', async () => {
    const report = await refine(listPlugin([5, 3, 4]), 0, manualPorts());
    expect(telemetryOf(report, 'sage', trust)).to.include({
      E: 4,
      dE: 1,
      halt_reason: 'max_steps',
      best_E: 3,
    });
    expect(telemetryOf(report, 'sage', trust, { step_idx: 1 })).to.include({
      E: 3,
      dE: -2,
      halt_reason: null,
    });
    expect(telemetryOf(report, 'sage', trust, { step_idx: 0 })).to.include({ E: 5, dE: null });
  });

  it('has a JSON Schema file that equals the schema (npx tsx scripts/telemetry-schema.ts writes it)', () => {
    const file = join(projectRoot, 'config/telemetry.schema.json');
    expect(JSON.parse(readFileSync(file, 'utf8'))).to.deep.equal(telemetryJsonSchema());
  });

  it('requires what the envelope of seeds/003 requires', () => {
    const schema = telemetryJsonSchema() as {
      required: string[];
      properties: Record<string, { required?: string[] }>;
    };
    expect(schema.required).to.include.members(['plugin', 'step_idx', 'E', 'budget', 'trust']);
    expect(schema.properties.trust?.required).to.include.members(['monotonicity_ratio', 'dE_variance']);
    expect(schema.properties.budget?.required).to.include.members(['ATP_spent', 'time_ms']);
  });
});
