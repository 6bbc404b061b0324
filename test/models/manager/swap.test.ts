import { join } from 'node:path';
import { expect } from 'chai';
import type { Slot } from '../../../src/contracts/inference.js';
import { createModelManager, keepProbe, probeKey, readManifest } from '../../../src/models/index.js';
import { requireSameFace } from '../../../src/models/manager/swap.js';
import type { GraphDeclaration } from '../../../src/models/manifest.js';
import { ADD, codeOf, floats, hostParameters, manifestOf, until, withCopy } from '../fixtures.js';
import { alias, count, managers, standing } from '../managers.js';

describe('models/manager: a swap', function () {
  // Real processes on a machine that may be busy.
  this.timeout(240_000);
  const { start, open } = managers();

  for (const ram_mb_max of [2000, 100]) {
    const mode = ram_mb_max > 1000 ? 'overlap' : 'gap';
    it(`hands a refinement under way over to the model that takes its place, by ${mode}`, () =>
      withCopy(async (folder) => {
        for (const id of ['a', 'b']) alias(folder, id, 'counter', { family: 'counters', carries: 'count' });
        const manager = start(folder, ['a'], { ram_mb_max });
        await manager.ready();
        const kept = (await manager.run(count('a', floats(5, 5, 5, 5)))).slots.next_state!;
        let state: Slot = (await manager.run(count('a', floats(0, 0, 0, 0)))).slots.next_state!;
        const event = await manager.swap('a', 'b', 'to see');
        expect(event).to.include({ kind: 'swap', model: 'b', replaced: 'a', mode, carried: 2 });
        if (mode === 'overlap') expect(event.gap_ms, 'it was warm before').to.be.below(event.load_ms);
        const wrong = { ...count('a', state), fetch: ['none'], free: [state] };
        expect(await codeOf(manager.run(wrong)), 'it frees nothing').to.equal('SAGE_508');
        const next = await manager.run({ ...count('a', state), free: [state] });
        expect([...next.tensors.total!.data]).to.deep.equal([8]);
        state = next.slots.next_state!;
        expect(manager.health().slots).to.equal(2);
        expect(standing(manager, 'a').state).to.equal('unloaded');
        expect(standing(manager, 'a').reason).to.match(/^replaced by b since \d\d:\d\d:\d\d: to see$/);
        expect(standing(manager, 'b')).to.include({ state: 'ready', used: true, runs: 1 });
        expect(standing(manager, 'b').reason).to.match(/^in the place of a since \d\d:\d\d:\d\d: to see$/);
        await manager.swap('a', 'a', 'and back');
        expect([...(await manager.run(count('a', state))).tensors.total!.data]).to.deep.equal([12]);
        expect([...(await manager.read(kept)).data], 'moved twice').to.deep.equal([6, 6, 6, 6]);
        expect(manager.history().at(-1)).to.include({ model: 'a', replaced: 'b', reason: 'and back' });
        expect(standing(manager, 'a').reason).to.match(/^in the place of b since .*: and back$/);
        expect(standing(manager, 'b').reason).to.match(/^replaced by a since /);
        await manager.swap('a', 'b');
        manager.free([kept, state]);
        expect(manager.health().slots, 'the run above made one more').to.equal(1);
      }));
  }

  it('has the next model in its place also where it has no room for the state, and nothing of it stays', () =>
    withCopy(async (folder) => {
      for (const id of ['a', 'b']) alias(folder, id, 'counter', { family: 'counters', carries: 'count' });
      const parameters = {
        ...hostParameters({ folder, probe_file: join(folder, 'probes'), ram_mb_max: 100 }),
      };
      const manager = createModelManager({ parameters, used: ['a'] });
      open.push(manager);
      await manager.ready();
      const kept = [];
      for (let i = 0; i < 2; i++)
        kept.push((await manager.run(count('a', floats(1, 1, 1, 1)))).slots.next_state!);
      parameters.slots_max = 1;
      expect(await manager.swap('a', 'b', 'to see')).to.include({ mode: 'gap', carried: 0, fault: null });
      expect(standing(manager, 'b').state).to.equal('ready');
      expect(await codeOf(manager.read(kept[0]!))).to.equal('SAGE_511');
      const { slots } = await manager.run(count('a', floats(4, 4, 4, 4)));
      expect([...(await manager.read(slots.next_state!)).data]).to.deep.equal([5, 5, 5, 5]);
    }));

  it('leaves no process behind when it is closed in the middle of a swap', () =>
    withCopy(async (folder) => {
      for (const id of ['a', 'b']) alias(folder, id, 'counter');
      const processes = () =>
        process.getActiveResourcesInfo().filter((kind) => kind === 'ProcessWrap').length;
      const before = processes();
      const manager = start(folder, ['a']);
      await manager.ready();
      const swap = manager.swap('a', 'b', 'to see').then(
        () => 'swapped',
        ({ code }) => code,
      );
      await until(() => processes() === before + 2);
      await manager.close();
      expect(await swap).to.be.oneOf(['swapped', 'SAGE_504']);
      await until(() => processes() <= before);
    }));

  it('loses no request in a swap, whichever way it goes', () =>
    withCopy(async (folder) => {
      for (const id of ['a', 'b']) alias(folder, id, 'add');
      for (const ram_mb_max of [2000, 100]) {
        const manager = start(folder, ['a'], { ram_mb_max });
        await manager.ready();
        let done = 0;
        let swapping = true;
        const runs = (async () => {
          while (swapping) {
            await manager.run({ ...ADD, model: 'a' });
            done += 1;
          }
        })();
        const event = await manager.swap('a', 'b');
        swapping = false;
        await runs;
        expect(event.mode).to.equal(ram_mb_max > 1000 ? 'overlap' : 'gap');
        expect(done).to.be.above(0);
        // One alone may take more than the small budget, which is told.
        const faults = manager.health().faults.filter(({ where }) => where !== 'models.ram_mb_max');
        expect(faults).to.deep.equal([]);
        await manager.close();
      }
    }));

  it('keeps the old model where the new one cannot be used', () =>
    withCopy(async (folder) => {
      alias(folder, 'other', 'counter');
      const [file] = manifestOf('add').files;
      alias(folder, 'altered', 'add', { files: [{ ...file!, sha256: '0'.repeat(64) }] });
      for (const ram_mb_max of [2000, 100]) {
        const manager = start(folder, ['add'], { ram_mb_max });
        await manager.ready();
        expect(await codeOf(manager.swap('add', 'other'))).to.equal('SAGE_515');
        expect(await codeOf(manager.swap('add', 'none'))).to.equal('SAGE_512');
        expect(await codeOf(manager.swap('add', 'altered'))).to.equal('SAGE_502');
        expect(manager.history().at(-1)!.fault).to.include({ code: 'SAGE_502' });
        expect((await manager.run(ADD)).tensors.y!.data[0]).to.equal(2);
        expect(standing(manager, 'add').state).to.equal('ready');
        await manager.close();
      }
    }));

  it('has the small member of the family answer while neither the old nor the new model is loaded', () =>
    withCopy(async (folder) => {
      const family = { family: 'f' };
      const tops = { small: 60, large: 300 };
      for (const id of ['old', 'large', 'small']) alias(folder, id, 'add', family);
      const settings = hostParameters({ folder, probe_file: join(folder, 'probes') });
      // What was measured on this machine is what the manager counts with: these say that `large` is large.
      for (const [id, memory_mb] of Object.entries(tops)) {
        const key = probeKey(readManifest(join(folder, `${id}.json`)), settings);
        const zero = { load_ms: 1, threads: 1, graphs: [], at: '', machine: '', runtime: '' };
        keepProbe(settings.probe_file, { ...zero, key, id, memory_mb });
      }
      const manager = start(folder, ['old'], { ram_mb_max: 365 });
      await manager.ready();
      const asked: string[] = [];
      let swapping = true;
      const runs = (async () => {
        while (swapping) {
          await manager.run({ ...ADD, model: 'old' });
          asked.push(manager.list().find(({ id, runs: count }) => id === 'small' && count > 0)?.id ?? '');
        }
      })();
      const event = await manager.swap('old', 'large', 'to see');
      swapping = false;
      await runs;
      expect(event).to.include({ model: 'large', replaced: 'old', mode: 'gap' });
      expect(asked, 'it answered').to.include('small');
      const told = manager.history().map(({ kind, model, reason }) => `${kind} ${model}: ${reason}`);
      expect(told).to.include('load small: stands in while large is loaded');
      await until(() => standing(manager, 'small').state === 'unloaded');
      expect(told).to.include('unload small: stood in for large');
      expect((await manager.run({ ...ADD, model: 'old' })).tensors.y!.data[0]).to.equal(2);
    }));

  it('swaps between models whose inner tensors differ, and between no others', () =>
    withCopy(async (folder) => {
      const inner = (length: number, internal: boolean) => {
        const { graphs } = manifestOf('counter');
        const of = (values: GraphDeclaration['inputs']) =>
          values.map((value) =>
            value.name.endsWith('state')
              ? { ...value, shape: [1, length], ...(internal ? { internal } : {}) }
              : value,
          );
        const { inputs, outputs } = graphs.step!;
        return { graphs: { step: { inputs: of(inputs), outputs: of(outputs) } } };
      };
      alias(folder, 'a', 'counter', inner(4, true));
      alias(folder, 'b', 'counter', inner(8, true));
      alias(folder, 'c', 'counter', inner(8, false));
      const [a, b, c] = ['a', 'b', 'c'].map((id) => readManifest(join(folder, `${id}.json`)));
      expect(() => requireSameFace(a!, b!)).not.to.throw();
      expect(() => requireSameFace(a!, c!)).to.throw('SAGE_515');
    }));
});
