import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { estimateMb, nodeHost } from '../../../src/models/index.js';
import { ADD, codeOf, floats, manifestOf, until, withCopy } from '../fixtures.js';
import { count, demand, governed, managers, standing } from '../managers.js';

describe('models/manager: what is loaded', function () {
  // Real processes on a machine that may be busy.
  this.timeout(240_000);
  const { start, events, host_events } = managers();

  it('loads what plugins use, each in its own process, and the others on request', () =>
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

  it('does not alternate between two that do not fit together, and reports the one that has to wait', () =>
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
      const ram_mb_max = estimateMb(manifestOf('log'));
      // Whatever a host takes on this machine, this one takes more than estimated.
      const { command, args } = nodeHost();
      const larger = ['--import', 'data:text/javascript,globalThis.ballast=Buffer.alloc(64e6,1)'];
      const launch = { command, args: [...larger, ...args] };
      const manager = start(folder, ['add'], { ram_mb_max, pinned: ['log'], dwell_s: 0 }, launch);
      await manager.ready();
      expect(standing(manager, 'log')).to.include({ state: 'ready', reason: 'pinned' });
      expect(standing(manager, 'add').state).to.equal('failed');
      const { ram_mb } = manager.budget();
      expect(ram_mb, 'an estimate had let it in').to.be.above(ram_mb_max);
      const told = manager.health().faults.find(({ where }) => where === 'models.ram_mb_max');
      expect(told).to.include({ code: 'SAGE_513' });
    }));

  it('replaces a host that grows beyond its ceiling', () =>
    withCopy(async (folder) => {
      const manager = start(folder, ['add'], { host_mb_max: 20 });
      await manager.ready();
      await governed(manager, () => manager.health().restarts > 0);
      expect(manager.history().find(({ kind }) => kind === 'replace')!.fault).to.include({
        code: 'SAGE_514',
      });
      await until(() =>
        host_events.some((event) => event.kind === 'fault' && event.fault.code === 'SAGE_514'),
      );
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
