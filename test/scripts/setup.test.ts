import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { setupContext } from '../../scripts/setup/context.mjs';
import { withLock } from '../../scripts/setup/lock.mjs';
import { checkNode, preflight } from '../../scripts/setup/preflight.mjs';
import { SetupError, tellingLine } from '../../scripts/setup/process.mjs';
import { findPython } from '../../scripts/setup/python.mjs';
import { fingerprint, stampStore } from '../../scripts/setup/stamp.mjs';
import { pendingSteps, runPending } from '../../scripts/setup/steps.mjs';

/** The error that `work` throws, as set-up would show it. */
function complaint(work: () => unknown): SetupError {
  try {
    work();
  } catch (error) {
    if (error instanceof SetupError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('set-up', () => {
  let folder = '';
  const path = (...names: string[]) => join(folder, ...names);

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sage-setup-'));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  /** A program that answers as a Python does, or fails as a pyenv shim does. */
  function program(name: string, script: string): string {
    mkdirSync(dirname(path(name)), { recursive: true });
    writeFileSync(path(name), `#!/bin/sh\n${script}\n`);
    chmodSync(path(name), 0o755);
    return path(name);
  }

  function python(name: string, version: [number, number, number], ensurepip = true): string {
    const include = path('include');
    mkdirSync(include, { recursive: true });
    writeFileSync(join(include, 'Python.h'), '');
    return program(name, `echo '${JSON.stringify({ version, include, ensurepip, path: path(name) })}'`);
  }

  describe('steps', () => {
    const inputs = { a: 1, b: 1, c: 1, d: 1 };
    const present = { a: true, b: true, c: true, d: true };
    const ran: string[] = [];
    let onRun: (id: string) => void = () => {};
    const step = (id: keyof typeof inputs, after: string[] = []) => ({
      id,
      title: id,
      after,
      key: () => fingerprint({ values: [inputs[id]] }),
      present: () => present[id],
      run: async () => {
        ran.push(id);
        present[id] = true;
        onRun(id);
      },
    });
    const steps = [step('a'), step('b', ['a']), step('c')];
    const left = () => pendingSteps(steps, stampStore(path('stamps'))).pending.map(({ id }) => id);

    beforeEach(() => {
      ran.length = 0;
      onRun = () => {};
      Object.assign(inputs, { a: 1, b: 1, c: 1 });
      Object.assign(present, { a: true, b: true, c: true });
      const stamps = stampStore(path('stamps'));
      for (const [id, key] of pendingSteps(steps, stamps).keys) stamps.write(id, key);
    });

    it('are done once', () => {
      expect(left()).to.deep.equal([]);
    });

    it('are all to be done at first', () => {
      rmSync(path('stamps'), { recursive: true });
      expect(left()).to.deep.equal(['a', 'b', 'c']);
    });

    it('are done again when their inputs change, with those that build on them', () => {
      inputs.a = 2;
      expect(left()).to.deep.equal(['a', 'b']);
    });

    it('are done again when their result is gone', () => {
      present.c = false;
      expect(left()).to.deep.equal(['c']);
    });

    it('are done again when they were interrupted', () => {
      stampStore(path('stamps')).clear('a');
      expect(left()).to.deep.equal(['a', 'b']);
    });

    const run = (some: Parameters<typeof runPending>[0] = steps) =>
      runPending(some, {
        context: setupContext({ root: folder, base: {} }),
        stamps: stampStore(path('stamps')),
        found: {},
        show: (_, work) => work(),
      });

    it('run in order, and leave nothing to do', async () => {
      inputs.a = 2;
      expect(await run()).to.equal(2);
      expect(ran).to.deep.equal(['a', 'b']);
      expect(left()).to.deep.equal([]);
    });

    it('run side by side, but for those that build on another or wait for it', async () => {
      const order: string[] = [];
      const named = (id: keyof typeof inputs, more: { after?: string[]; waitsFor?: string[] } = {}) => ({
        ...step(id),
        ...more,
        run: async () => {
          order.push(`${id} begins`);
          await new Promise((resolve) => setImmediate(resolve));
          order.push(`${id} ends`);
        },
      });
      rmSync(path('stamps'), { recursive: true });
      const all = [named('a'), named('b'), named('c', { waitsFor: ['b'] }), named('d', { after: ['a'] })];
      await run(all);
      expect(order.slice(0, 2)).to.deep.equal(['a begins', 'b begins']);
      expect(order.indexOf('c begins')).to.be.greaterThan(order.indexOf('b ends'));
      expect(order.indexOf('d begins')).to.be.greaterThan(order.indexOf('a ends'));
    });

    it('are done again when a later step removes their result', async () => {
      inputs.a = 2;
      onRun = (id) => {
        if (id === 'a') present.c = false;
      };
      await run();
      expect(ran).to.deep.equal(['a', 'b', 'c']);
    });

    it('that fail stay to be done, with all that build on them', async () => {
      inputs.a = 2;
      onRun = () => {
        throw new SetupError('no network', 'plug it in');
      };
      const error = await run().then(
        () => null,
        (thrown: unknown) => thrown,
      );
      expect(error).to.be.instanceOf(SetupError);
      inputs.a = 1;
      expect(left()).to.deep.equal(['a', 'b']);
    });

    it('that leave no result are a failure', async () => {
      inputs.c = 2;
      onRun = () => {
        present.c = false;
      };
      const error = await run().then(
        () => null,
        (thrown: unknown) => thrown,
      );
      expect(String(error)).to.include('left no result');
    });
  });

  describe('the search for a Python 3.12', () => {
    it('passes over a shim that exists and fails, and finds the version behind it', () => {
      program('bin/python3.12', 'echo "pyenv: python3.12: command not found" >&2; exit 127');
      python('bin/python3', [3, 11, 7]);
      const good = python('pyenv/versions/3.12.9/bin/python', [3, 12, 9]);
      const env = { PATH: path('bin'), PYENV_ROOT: path('pyenv') };
      expect(findPython(env)).to.deep.include({ path: good, version: [3, 12, 9] });
    });

    it('finds the versions of a pyenv known only from a shim on PATH', () => {
      program('pyenv/shims/python3.12', 'echo "pyenv: python3.12: command not found" >&2; exit 127');
      const good = python('pyenv/versions/3.12.9/bin/python', [3, 12, 9]);
      expect(findPython({ PATH: path('pyenv/shims') }).path).to.equal(good);
    });

    it('takes the one the user names first', () => {
      python('bin/python3.12', [3, 12, 1]);
      const named = python('mine/python', [3, 12, 2]);
      expect(findPython({ PATH: path('bin'), SAGE_PYTHON: named }).path).to.equal(named);
    });

    it('says what a Python lacks and what to install', () => {
      const lacking = python('mine/python', [3, 12, 1], false);
      // HOME-wide pyenv versions of this machine would be found too, so the one that lacks is asked alone.
      const env = { PATH: path('bin'), PYENV_ROOT: path('none'), SAGE_PYTHON: lacking, HOME: folder };
      const home = process.env.HOME;
      process.env.HOME = folder;
      try {
        const { message, remedy } = complaint(() => findPython(env));
        expect(message).to.include(`${lacking} lacks its venv module`);
        expect(remedy).to.include('python3.12-venv');
      } finally {
        process.env.HOME = home;
      }
    });
  });

  describe('what must be there beforehand', () => {
    const contextWith = (base: NodeJS.ProcessEnv, root = '/srv/sage') => setupContext({ root, base });

    it('names a Node that is too old', () => {
      expect(complaint(() => checkNode('18.19.0')).message)
        .to.include('20.20.2')
        .and.to.include('18.19.0');
      expect(() => checkNode('20.20.2')).not.to.throw();
      expect(() => checkNode('22.0.0')).not.to.throw();
    });

    it('names a missing compiler and a missing CMake, each with what to install', () => {
      expect(complaint(() => preflight(contextWith({ PATH: path('bin') }))).remedy).to.include(
        'build-essential',
      );
      program('bin/c++', 'echo c++');
      program('bin/make', 'echo make');
      const missing = complaint(() => preflight(contextWith({ PATH: path('bin') })));
      expect(missing.message).to.equal('CMake was not found');
      program('bin/cmake', 'echo cmake version 3.10.2');
      expect(complaint(() => preflight(contextWith({ PATH: path('bin') }))).message).to.include('3.10.2');
    });

    it('refuses another ROS 2 than Jazzy', () => {
      const base = { PATH: path('bin'), ROS_DISTRO: 'humble', AMENT_PREFIX_PATH: '/opt/ros/humble' };
      expect(complaint(() => preflight(contextWith(base))).message).to.include('ROS_DISTRO=humble');
    });

    it('refuses a folder that the build tools cannot take', () => {
      const { message } = complaint(() => preflight(contextWith({}, '/srv/my robots/sage')));
      expect(message).to.include('/srv/my robots/sage');
    });

    it('leaves what another checkout has set up alone', () => {
      mkdirSync(path('one', '.ros'), { recursive: true });
      program('one/scripts/setup.mjs', '');
      mkdirSync(path('two'));
      symlinkSync(path('one', '.ros'), path('two', '.ros'));
      const { message, remedy } = complaint(() => preflight(contextWith({}, path('two'))));
      expect(message).to.include(path('two', '.ros')).and.to.include(path('one'));
      expect(remedy).to.include('remove the link');
    });
  });

  describe('a failed command', () => {
    const told = (...lines: string[]) => {
      writeFileSync(path('log'), lines.join('\n'));
      return tellingLine(path('log'));
    };

    it('is explained by the first line that says something about it', () => {
      expect(
        told(
          '$ npm ci',
          'npm warn Unknown config',
          'npm error code ENOTFOUND',
          'npm error syscall getaddrinfo',
          'npm error',
          'npm error network request to the registry failed, reason: not found',
          'npm error A complete log of this run can be found in: /x.log',
        ),
      ).to.equal('npm error network request to the registry failed, reason: not found');
      expect(told('a.cpp:1:2: error: expected ;', 'make: *** [all] Error 1')).to.include('expected ;');
    });

    it('is explained by its last line when none names an error', () => {
      expect(told('$ x', 'working', 'Killed')).to.equal('Killed');
    });
  });

  describe('the lock', () => {
    it('lets one set-up in after the other', async () => {
      const order: string[] = [];
      const work = (name: string) => async () => {
        order.push(`${name} in`);
        await new Promise((resolve) => setTimeout(resolve, 20));
        order.push(`${name} out`);
      };
      await Promise.all([
        withLock(path('lock'), () => {}, work('a')),
        withLock(path('lock'), () => {}, work('b')),
      ]);
      expect(order).to.deep.equal(['a in', 'a out', 'b in', 'b out']);
    });

    it('does not wait for one whose owner is gone', async () => {
      writeFileSync(path('lock'), '2147483646');
      let ran = false;
      await withLock(
        path('lock'),
        () => {},
        async () => {
          ran = true;
        },
      );
      expect(ran).to.equal(true);
    });
  });
});
