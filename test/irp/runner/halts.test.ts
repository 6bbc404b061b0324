import { expect } from 'chai';
import fc from 'fast-check';
import { refine } from '../../../src/irp/index.js';
import { listPlugin, manualPorts, only } from '../plugins.js';

describe('job runner: halts', () => {
  it('does not take the oscillation 5, 1, 9, 5 for convergence', async () => {
    const limits = { max_steps: 3, deadline_ms: 1000, halt_eps: 1e-4, halt_k: 3, feasible_margin: null };
    const report = await only(listPlugin([5, 1, 9, 5], { limits }));
    expect(report).to.include({ status: 'halted', halt_reason: 'max_steps', steps: 3, best_energy: 1 });
    expect(report.best).to.equal(1);
  });

  it('halts by slope when the last K+1 energies are within eps', async () => {
    const limits = { max_steps: 9, deadline_ms: 1000, halt_eps: 0.01, halt_k: 2, feasible_margin: null };
    const report = await only(listPlugin([9, 5, 1, 1.001, 1.002, 0, 0, 0, 0, 0], { limits }));
    expect(report).to.include({ halt_reason: 'slope<eps', steps: 4 });
  });

  it('takes an energy of 0 for the perfect answer it is, not for a missing one', async () => {
    const report = await only(listPlugin([4, 0, 3]));
    expect(report).to.include({ best_energy: 0, best_step: 1, best: 1 });
  });

  it('halts as feasible once the margin is met, and not before', async () => {
    const limits = { max_steps: 9, deadline_ms: 1000, halt_eps: 0, halt_k: 3, feasible_margin: 3 };
    const plugin = listPlugin([9, 8, 7, 6, 5, 4, 3, 2, 1, 0], { limits, feasibility: (state) => state });
    expect(await only(plugin)).to.include({ halt_reason: 'feasible', steps: 3, feasibility: 3 });
  });

  it("asks the plugin's own rule after every step", async () => {
    const halt = (energies: readonly number[]) =>
      energies.length === 3 ? { reason: 'feasible' as const, detail: 'enough' } : null;
    const report = await only(listPlugin([9, 8, 7, 6, 5], { halt }));
    expect(report).to.include({ halt_reason: 'feasible', halt_detail: 'enough', steps: 2 });
  });

  it('halts at the deadline with the best so far', async () => {
    const ports = manualPorts();
    const energies = Array.from({ length: 101 }, (_, index) => 100 - index);
    const step = (state: number) => {
      ports.pass(100);
      return state + 1;
    };
    const report = await refine(listPlugin(energies, { step }), 0, ports);
    expect(report).to.include({ status: 'halted', halt_reason: 'timeout', best_energy: 90, fault: null });
    expect(report.time_ms).to.be.greaterThan(999).and.lessThan(1101);
  });
});

describe('job runner: every run ends for the first reason that holds', () => {
  const limits = fc.record({
    max_steps: fc.integer({ min: 1, max: 30 }),
    deadline_ms: fc.double({ min: 0.05, max: 5, noNaN: true }),
    halt_eps: fc.constantFrom(0, 0.01, 1),
    halt_k: fc.integer({ min: 1, max: 6 }),
    feasible_margin: fc.option(fc.double({ min: -5, max: 5, noNaN: true })),
  });
  const energies = fc.array(fc.oneof(fc.double({ min: -9, max: 9, noNaN: true }), fc.constantFrom(0, 1)), {
    minLength: 31,
    maxLength: 31,
  });

  it('by slope over k+1 energies, feasibility with margin, step limit or deadline', async () => {
    const seen = new Set<string | null>();
    await fc.assert(
      fc.asyncProperty(limits, energies, async (bounds, list) => {
        const feasibility = (state: number) => -list[state]!;
        const report = await only(listPlugin(list, { limits: bounds, feasibility }));
        seen.add(report.halt_reason);
        expect(report.status).to.equal('halted');
        expect(report.energies).to.deep.equal(list.slice(0, report.steps + 1));
        const range = (step: number) => {
          const last = list.slice(step - bounds.halt_k, step + 1);
          return step < bounds.halt_k ? Number.POSITIVE_INFINITY : Math.max(...last) - Math.min(...last);
        };
        // The first step at which any of the rules holds, worked out from the list alone.
        const reasonAt = (step: number) => {
          if (bounds.feasible_margin !== null && feasibility(step) >= bounds.feasible_margin)
            return 'feasible';
          if (range(step) < bounds.halt_eps) return 'slope<eps';
          return step >= bounds.max_steps ? 'max_steps' : null;
        };
        for (let step = 0; step < report.steps; step++) expect(reasonAt(step), `at ${step}`).to.equal(null);
        if (report.halt_reason === 'timeout') expect(report.time_ms).to.be.at.least(bounds.deadline_ms);
        else expect(reasonAt(report.steps)).to.equal(report.halt_reason);
      }),
    );
    expect([...seen].sort()).to.deep.equal(['feasible', 'max_steps', 'slope<eps', 'timeout']);
  });
});
