import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ADD, codeOf, manifestOf, until, withCopy } from '../fixtures.js';
import { alias, governed, managers, standing } from '../managers.js';

describe('models/manager: what changes on disk, and what fails', function () {
  // Real processes on a machine that may be busy.
  this.timeout(240_000);
  const { start, events } = managers();

  it('sees manifests that come, change and go while it runs', () =>
    withCopy(async (folder) => {
      rmSync(join(folder, 'log.json'));
      const manager = start(folder, ['add']);
      await manager.ready();
      expect(manager.list().map(({ id }) => id)).to.not.include('log');
      writeFileSync(join(folder, 'log.json'), JSON.stringify(manifestOf('log')));
      const look = (condition: () => boolean) => governed(manager, condition);
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

  it('moves on to the others if a changed manifest cannot be used, and does not try that one in every look', () =>
    withCopy(async (folder) => {
      const manager = start(folder, ['add', 'counter']);
      await manager.ready();
      const tries = () => events.filter(({ kind, model }) => kind === 'swap' && model === 'add');
      const look = (condition: () => boolean) => governed(manager, condition);
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
      await governed(manager, () => manager.history().at(-1)?.kind === 'swap');
      expect(standing(manager, 'second').state).to.equal('ready');
      expect((await manager.run({ ...ADD, model: 'first' })).tensors.y!.data[0]).to.equal(2);
      expect(manager.history().at(-1)).to.include({ kind: 'swap', replaced: 'first', reason: 'it fails' });
      writeFileSync(path, bytes);
      await governed(manager, () => standing(manager, 'first').state === 'ready');
      await until(() => manager.history().at(-1)?.model === 'first');
      expect(manager.history().at(-1)).to.include({
        replaced: 'second',
        reason: 'it may work again',
        fault: null,
      });
    }));
});
