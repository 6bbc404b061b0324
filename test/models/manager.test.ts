import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { InferenceRequest, Slot } from '../../src/contracts/inference.js';
import type { Parameters } from '../../src/contracts/parameters/index.js';
import {
  createModelManager,
  type Demand,
  keepProbe,
  type ModelEvent,
  type ModelHostEvent,
  type ModelManager,
  probeKey,
  readManifest,
} from '../../src/models/index.js';
import { requireSameFace } from '../../src/models/manager/swap.js';
import type { GraphDeclaration } from '../../src/models/manifest.js';
import { codeOf, floats, hostParameters, manifestOf, until, withCopy } from './fixtures.js';

const ADD: InferenceRequest = {
  model: 'add',
  graph: 'main',
  inputs: { x: floats(1, 2, 3, 4) },
  fetch: ['y'],
};
const count = (model: string, state: InferenceRequest['inputs'][string]): InferenceRequest => ({
  model,
  graph: 'step',
  inputs: { by: floats(1, 1, 1, 1), state },
  fetch: ['total'],
  keep: ['next_state'],
});

const demand = (more: Partial<Demand> = {}): Demand => ({
  now_ms: performance.now(),
  state: 'WAKE',
  goal: false,
  salience: new Map(),
  complexity: new Map(),
  ...more,
});

/** Adds a manifest to a folder that describes the files of another. */
function alias(folder: string, id: string, of: string, more: object = {}): void {
  const manifest = { ...manifestOf(of), id, ...more };
  writeFileSync(join(folder, `${id}.json`), JSON.stringify(manifest));
}

describe('models/manager', function () {
  // Real processes on a machine that may be busy.
  this.timeout(60_000);
  const open: ModelManager[] = [];
  const events: ModelEvent[] = [];
  const host_events: ModelHostEvent[] = [];
  function start(
    folder: string,
    used: readonly string[],
    changes: Partial<Parameters['models']> = {},
  ): ModelManager {
    const manager = createModelManager({
      parameters: hostParameters({ folder, probe_file: join(folder, 'probes'), ...changes }),
      used,
      onModel: (event) => events.push(event),
      onEvent: (event) => host_events.push(event),
    });
    open.push(manager);
    return manager;
  }
  beforeEach(() => {
    events.splice(0);
    host_events.splice(0);
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((manager) => manager.close()));
  });
  const standing = (manager: ModelManager, id: string) => manager.list().find((each) => each.id === id)!;

  it('loads what plugins use, each in a process of its own, and the others on request', () =>
    withCopy(async (folder) => {
      const manager = start(folder, ['add']);
      await manager.ready();
      expect(standing(manager, 'add')).to.include({ state: 'ready', used: true, provider: 'cpu' });
      expect(standing(manager, 'counter')).to.include({ state: 'unloaded', used: false });
      expect(standing(manager, 'add').memory_mb).to.be.above(10);
      const { slots } = await manager.run(count('counter', floats(0, 0, 0, 0)));
      expect([...(await manager.read(slots.next_state!)).data]).to.deep.equal([1, 1, 1, 1]);
      await until(() => events.length === 2);
      expect(events.map(({ kind, model }) => `${kind} ${model}`)).to.deep.equal(['load add', 'load counter']);
      expect(events[1]!.reason).to.equal('a request needs it');
      expect((await manager.run(ADD)).tensors.y!.data[0]).to.equal(2);
      manager.free([slots.next_state!]);
      expect(manager.health().slots).to.equal(0);
      expect(await codeOf(manager.run({ ...ADD, model: 'none' }))).to.equal('SAGE_512');
      await manager.unload('counter');
      expect(standing(manager, 'counter').state).to.equal('unloaded');
      expect(await codeOf(manager.read(slots.next_state!)), 'its host is gone').to.equal('SAGE_511');
    }));

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
        expect(standing(manager, 'b')).to.include({ state: 'ready', used: true, runs: 1 });
        await manager.swap('a', 'a', 'and back');
        expect([...(await manager.run(count('a', state))).tensors.total!.data]).to.deep.equal([12]);
        expect([...(await manager.read(kept)).data], 'moved twice').to.deep.equal([6, 6, 6, 6]);
        expect(manager.history().at(-1)).to.include({ model: 'a', replaced: 'b', reason: 'and back' });
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

  it('stays within its budget: makes room by value, and says when there is none', () =>
    withCopy(async (folder) => {
      const manager = start(folder, ['add'], { ram_mb_max: 200, pinned: ['add'] });
      await manager.ready();
      const { memory_mb } = standing(manager, 'add');
      await manager.close();
      const tight = start(folder, ['add'], { ram_mb_max: 2.2 * memory_mb, pinned: ['add'] });
      await tight.ready();
      await tight.load('log');
      await tight.load('counter');
      expect(standing(tight, 'log').state, 'it made room').to.equal('unloaded');
      expect(standing(tight, 'add').state, 'pinned').to.equal('ready');
      expect(tight.history().at(-2)).to.include({ kind: 'unload', model: 'log' });
      await tight.close();
      const full = start(folder, ['add'], { ram_mb_max: 1.2 * memory_mb, pinned: ['add'] });
      await full.ready();
      expect(await codeOf(full.load('log'))).to.equal('SAGE_513');
      expect(await codeOf(full.run({ ...ADD, model: 'log' }))).to.equal('SAGE_513');
    }));

  it('does not load two in turn that do not fit together, and tells the one that has to wait', () =>
    withCopy(async (folder) => {
      const manager = start(folder, ['add', 'log'], { ram_mb_max: 120, dwell_s: 600 });
      await manager.ready();
      const loads = () => events.filter(({ kind, fault }) => kind === 'load' && fault === null).length;
      expect([standing(manager, 'add').state, loads()]).to.deep.equal(['ready', 1]);
      for (let turn = 0; turn < 5; turn++) {
        expect(await codeOf(manager.run({ ...ADD, model: 'log' }))).to.equal('SAGE_513');
        expect((await manager.run(ADD)).tensors.y!.data[0]).to.equal(2);
        manager.govern(demand({ goal: true }));
      }
      expect([loads(), standing(manager, 'add').state]).to.deep.equal([1, 'ready']);
      await manager.load('log');
      expect(standing(manager, 'add').state, 'an operator may').to.equal('unloaded');
    }));

  it('loads what is pinned before all else, and says when the hosts take more than they may', () =>
    withCopy(async (folder) => {
      const manager = start(folder, ['add'], { ram_mb_max: 100, pinned: ['log'], dwell_s: 0 });
      await manager.ready();
      expect(standing(manager, 'log')).to.include({ state: 'ready', reason: 'pinned' });
      expect(standing(manager, 'add').state).to.equal('failed');
      const { ram_mb } = manager.budget();
      expect(ram_mb, 'an estimate had let it in').to.be.above(100);
      const told = manager.health().faults.find(({ where }) => where === 'models.ram_mb_max');
      expect(told).to.include({ code: 'SAGE_513' });
    }));

  it('follows the metabolism: unloads at rest, and has the model back with a goal', () =>
    withCopy(async (folder) => {
      const manager = start(folder, ['add'], { rest_idle_s: 0.05, dwell_s: 0 });
      await manager.ready();
      const turn = async (now: Demand, state: string) => {
        await until(() => {
          manager.govern(now);
          return standing(manager, 'add').state === state;
        });
      };
      await turn(demand({ state: 'REST' }), 'unloaded');
      await until(() => manager.history().at(-1)!.kind === 'unload');
      expect(manager.history().at(-1)!.reason).to.match(/^idle for \d+ s in REST$/);
      await turn(demand({ state: 'REST', goal: true }), 'ready');
      await until(() => manager.history().at(-1)!.kind === 'load');
      expect(manager.history().at(-1)!.reason).to.equal('a goal waits');
      await turn(demand({ state: 'DREAM' }), 'unloaded');
      expect((await manager.run(ADD)).tensors.y!.data[0], 'a request wakes it too').to.equal(2);
    }));

  it('swaps by the complexity of the task', () =>
    withCopy(async (folder) => {
      const family = { family: 'f', capabilities: ['vision'] };
      alias(folder, 'small', 'add', { ...family, complexity_max: 0.4 });
      alias(folder, 'large', 'add', family);
      const manager = start(folder, ['large'], { dwell_s: 0, complexity_swap: true, complexity_fall_s: 0.5 });
      await manager.ready();
      const until_active = (complexity: number, id: string) =>
        until(() => {
          manager.govern(demand({ complexity: new Map([['vision', { value: complexity, why: 'a test' }]]) }));
          return manager.history().at(-1)?.model === id && manager.history().at(-1)?.kind === 'swap';
        });
      await until_active(0.1, 'small');
      expect(manager.history().at(-1)).to.include({ kind: 'swap', model: 'small', replaced: 'large' });
      expect((await manager.run({ ...ADD, model: 'large' })).tensors.y!.data[0]).to.equal(2);
      await until_active(0.8, 'large');
      expect(manager.history().at(-1)!.reason).to.contain('complexity 0.80');
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

  it('sees manifests that come, change and go while it runs', () =>
    withCopy(async (folder) => {
      rmSync(join(folder, 'log.json'));
      const manager = start(folder, ['add']);
      await manager.ready();
      expect(manager.list().map(({ id }) => id)).to.not.include('log');
      writeFileSync(join(folder, 'log.json'), JSON.stringify(manifestOf('log')));
      const look = (condition: () => boolean) =>
        until(() => {
          manager.govern(demand());
          return condition();
        });
      await look(() => manager.list().some(({ id }) => id === 'log'));
      await manager.load('log');
      alias(folder, 'add', 'add', { version: '9.9.9' });
      await look(() => manager.history().at(-1)!.kind === 'swap');
      expect(standing(manager, 'add')).to.include({ version: '9.9.9', state: 'ready' });
      expect(manager.history().at(-1)).to.include({
        kind: 'swap',
        model: 'add',
        reason: 'its manifest was changed',
      });
      rmSync(join(folder, 'counter.json'));
      await look(() => !manager.list().some(({ id }) => id === 'counter'));
      writeFileSync(join(folder, 'broken.json'), '{');
      await look(() => manager.health().faults.some(({ code }) => code === 'SAGE_503'));
    }));

  it('goes on to the others where a changed manifest cannot be used, and does not try that one in every look', () =>
    withCopy(async (folder) => {
      const manager = start(folder, ['add', 'counter']);
      await manager.ready();
      const tries = () => events.filter(({ kind, model }) => kind === 'swap' && model === 'add');
      const look = (condition: () => boolean) =>
        until(() => {
          manager.govern(demand());
          return condition();
        });
      const [file] = manifestOf('add').files;
      const spoilt = [{ ...file!, sha256: '0'.repeat(64) }];
      alias(folder, 'add', 'add', { version: '2', files: spoilt });
      for (const version of ['2', '3', '4']) {
        alias(folder, 'counter', 'counter', { version });
        await look(() => standing(manager, 'counter').version === version);
      }
      expect(tries().map((event) => event.fault?.code)).to.deep.equal(['SAGE_502']);
      expect(manager.health().faults.map(({ code }) => code)).to.include('SAGE_502');
      expect((await manager.run(ADD)).tensors.y!.data[0], 'the old one answers').to.equal(2);
      alias(folder, 'add', 'add', { version: '3', files: spoilt });
      await look(() => tries().length === 2);
      alias(folder, 'add', 'add', { version: '4' });
      await look(() => !manager.health().faults.some(({ code }) => code === 'SAGE_502'));
      expect(standing(manager, 'add').version).to.equal('4');
    }));

  it('replaces a host that grows beyond its ceiling', () =>
    withCopy(async (folder) => {
      const manager = start(folder, ['add'], { host_mb_max: 20 });
      await manager.ready();
      await until(() => {
        manager.govern(demand());
        return manager.health().restarts > 0;
      });
      expect(manager.history().find(({ kind }) => kind === 'replace')!.fault).to.include({
        code: 'SAGE_514',
      });
      await until(() =>
        host_events.some((event) => event.kind === 'fault' && event.fault.code === 'SAGE_514'),
      );
    }));

  it('falls back to another of the family when a model fails', () =>
    withCopy(async (folder) => {
      const path = join(folder, 'add/main.onnx');
      alias(folder, 'first', 'add', { family: 'f' });
      const bytes = readFileSync(path);
      writeFileSync(join(folder, 'spare.onnx'), bytes);
      alias(folder, 'second', 'add', {
        family: 'f',
        files: [{ ...manifestOf('add').files[0]!, path: 'spare.onnx' }],
      });
      rmSync(path);
      const slow = { restart_max_ms: 10_000, restart_min_ms: 10_000, dwell_s: 0.1 };
      const manager = start(folder, ['first'], slow);
      await manager.ready();
      expect(await codeOf(manager.run({ ...ADD, model: 'first' }))).to.equal('SAGE_501');
      await until(() => {
        manager.govern(demand());
        return manager.history().at(-1)?.kind === 'swap';
      });
      expect(standing(manager, 'second').state).to.equal('ready');
      expect((await manager.run({ ...ADD, model: 'first' })).tensors.y!.data[0]).to.equal(2);
      expect(manager.history().at(-1)).to.include({ kind: 'swap', replaced: 'first', reason: 'it fails' });
      writeFileSync(path, bytes);
      await until(() => {
        manager.govern(demand());
        return standing(manager, 'first').state === 'ready';
      });
      await until(() => manager.history().at(-1)?.model === 'first');
      expect(manager.history().at(-1)).to.include({
        replaced: 'second',
        reason: 'it may work again',
        fault: null,
      });
    }));

  it('measures a model, keeps the figures, and counts with them', () =>
    withCopy(async (folder) => {
      const manager = start(folder, []);
      const before = standing(manager, 'add');
      expect(before.memory_measured).to.equal(false);
      const probe = await manager.probe('add');
      expect(probe.load_ms).to.be.above(0);
      expect(probe.graphs.map(({ name, provider }) => `${name} ${provider}`)).to.deep.equal(['main cpu']);
      expect(standing(manager, 'add')).to.include({ memory_measured: true, memory_mb: probe.memory_mb });
      const again = start(folder, []);
      expect(standing(again, 'add').memory_mb, 'from the file').to.equal(probe.memory_mb);
      const other = start(folder, [], { threads: 2 });
      expect(standing(other, 'add').memory_measured, 'with other settings').to.equal(false);
      writeFileSync(join(folder, 'probes'), '{ "probes": 7');
      expect(standing(start(folder, []), 'add').memory_measured, 'a spoilt file').to.equal(false);
    }));
});
