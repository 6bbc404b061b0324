import { expect } from 'chai';
import type { InferenceOutputs, InferenceRequest, RunAhead, Slot } from '../../src/contracts/inference.js';
import { createModelHost, type ModelHost } from '../../src/models/index.js';
import { skip } from '../skip.js';
import { codeOf, floats, HOSTS, hostParameters, manifestOf } from './fixtures.js';

for (const { name, launch, absent } of HOSTS)
  describe(`models/runs ahead, host in ${name}`, function () {
    this.timeout(240_000);
    let host: ModelHost;
    let by: Slot;
    before(function () {
      if (absent !== null) skip(this, absent);
    });
    beforeEach(async () => {
      host = createModelHost({ parameters: hostParameters(), manifests: [manifestOf('counter')], launch });
      by = await host.put(floats(1, 1, 1, 1));
    });
    afterEach(() => host.close());

    const next: RunAhead = { graph: 'step', inputs: {}, outputs: ['total', 'next_state'] };
    const step = (state: Slot, more: Partial<InferenceRequest> = {}): Promise<InferenceOutputs> =>
      host.run({
        model: 'counter',
        graph: 'step',
        inputs: { by, state },
        fetch: ['total'],
        keep: ['next_state'],
        ahead: { ...next, inputs: { by, state: 'next_state' } },
        ...more,
      });
    const totalOf = ({ tensors }: InferenceOutputs): number => Number(tensors.total!.data[0]);
    const counts = async () => {
      const { runs, ahead_used, ahead_wasted } = await host.stats();
      return [runs, ahead_used, ahead_wasted];
    };

    it('gives what the same requests without it give, with no run more', async () => {
      let state = await host.put(floats(0, 0, 0, 0));
      const totals = [];
      for (let k = 0; k < 5; k++) {
        const last = k === 4;
        const outputs = await (last
          ? step(state, { ahead: undefined } as object)
          : step(state, { free: [state] }));
        totals.push(totalOf(outputs));
        expect(outputs.wasted_ms).to.equal(undefined);
        state = outputs.slots.next_state!;
      }
      expect(totals).to.deep.equal([4, 8, 12, 16, 20]);
      expect(await counts()).to.deep.equal([5, 4, 0]);
      expect([...((await host.read(state)).data as Float32Array)]).to.deep.equal([5, 5, 5, 5]);
    });

    it('does not begin what the outcome makes needless', async () => {
      const state = await host.put(floats(0, 0, 0, 0));
      const inputs = { by, state: 'next_state' };
      const over = { ...next, inputs, unless: [{ output: 'total', from: 8 }] };
      const first = await step(state, { ahead: over });
      const second = await step(first.slots.next_state!, { ahead: over });
      expect(totalOf(second)).to.equal(8);
      expect(await counts(), 'begun after 4, not after 8').to.deep.equal([2, 1, 0]);
      const within = { ...over, unless: [{ output: 'total', from: 11, to: 13 }] };
      await step(second.slots.next_state!, { ahead: within });
      expect(await counts()).to.deep.equal([3, 1, 0]);
    });

    it('reports wasted runs, and runs what is requested instead', async () => {
      const first = await step(await host.put(floats(0, 0, 0, 0)));
      const other = await step(await host.put(floats(5, 5, 5, 5)));
      expect(totalOf(other), 'another state').to.equal(24);
      expect(await counts(), 'one waits, so no second is begun').to.deep.equal([3, 0, 0]);
      host.free([first.slots.next_state!]);
      const last = await step(other.slots.next_state!);
      expect(totalOf(last)).to.equal(28);
      expect(last.wasted_ms).to.be.above(0);
      expect((await counts()).slice(1)).to.deep.equal([0, 1]);
      host.free([by, other.slots.next_state!, last.slots.next_state!]);
      expect(await codeOf(step(last.slots.next_state!))).to.equal('SAGE_511');
    });

    it('leaves a state that is kept under two names alone when one of them is freed', async () => {
      const first = await step(await host.put(floats(0, 0, 0, 0)));
      const keep = ['next_state', 'next_state'];
      const { slot, generation } = (await step(first.slots.next_state!, { keep })).slots.next_state!;
      host.free([{ slot, generation }]);
      await step(await host.put(floats(90, 90, 90, 90)));
      const other = await host.read({ slot: slot - 1, generation });
      expect([...(other.data as Float32Array)]).to.deep.equal([2, 2, 2, 2]);
    });

    it('is there for the next refinement when one has failed', async () => {
      const inputs = { by: await host.put(floats(0.6e38, 0.6e38, 0.6e38, 0.6e38)) };
      const more = { inputs, ahead: { ...next, inputs: { ...inputs, state: 'next_state' } } };
      const go = (state: Slot) => step(state, { ...more, inputs: { ...inputs, state } });
      const first = await go(await host.put(floats(0, 0, 0, 0)));
      expect(await codeOf(go(first.slots.next_state!)), 'beyond what a float32 holds').to.equal('SAGE_507');
      const other = await step(await host.put(floats(0, 0, 0, 0)));
      expect(totalOf(await step(other.slots.next_state!))).to.equal(8);
      expect((await counts())[1], 'both were a step ahead').to.equal(2);
    });

    it('refuses to go on from an output that is not kept', async () => {
      const state = await host.put(floats(0, 0, 0, 0));
      const ahead = { ...next, inputs: { by, state: 'total' } };
      expect(await codeOf(step(state, { ahead }))).to.equal('SAGE_508');
    });
  });
