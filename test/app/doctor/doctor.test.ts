import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { doctorText } from '../../../src/app/commands/doctor.js';
import type { Check } from '../../../src/app/doctor/check.js';
import { atLeast, runChecks } from '../../../src/app/doctor/checks.js';
import { hostCheck, modelChecks } from '../../../src/app/doctor/models.js';
import { packageRoot } from '../../../src/app/root.js';
import { defaultParameters } from '../../../src/contracts/parameters/index.js';
import { withCopy } from '../../models/fixtures.js';

describe('the doctor', function () {
  this.timeout(240_000);

  it('compares versions by number, not by letter', () => {
    expect(atLeast('20.20.2', '20.20.2')).to.equal(true);
    expect(atLeast('20.9.0', '20.20.2')).to.equal(false);
    expect(atLeast('22.1.0', '20.20.2')).to.equal(true);
  });

  it('says what to do where there is no ROS, and does not try to load it', async () => {
    const checks = await runChecks({ PATH: process.env.PATH });
    const ros = checks.find(({ name }) => name === 'ros');
    expect(ros).to.include({ level: 'fail' });
    expect(ros?.remedy).to.include('bin/sage');
    expect(checks.map(({ name }) => name)).to.not.include('rclnodejs');
    const host = checks.find(({ name }) => name === 'model host');
    expect(host).to.include({ level: 'ok' });
    expect(host?.found, 'the execution providers of the runtime').to.include('cpu');
  });

  it('distinguishes a library that does not load from messages that are not built', async () => {
    const env = {
      PATH: process.env.PATH,
      ROS_DISTRO: 'jazzy',
      AMENT_PREFIX_PATH: '/nowhere',
      LD_LIBRARY_PATH: '',
    };
    const checks = await runChecks(env);
    const messages = checks.find(({ name }) => name === 'messages');
    expect(messages).to.include({ level: 'fail', remedy: 'run npm run setup' });
    const library = checks.find(({ name }) => name === 'rclnodejs');
    expect(library?.level === 'ok' || library?.remedy === 'run npm run setup').to.equal(true);
  });

  it('names a Fast DDS profile that is missing', async () => {
    const checks = await runChecks({
      PATH: process.env.PATH,
      FASTRTPS_DEFAULT_PROFILES_FILE: '/nowhere.xml',
    });
    expect(checks.find(({ name }) => name === 'middleware')).to.include({
      level: 'fail',
      found: '/nowhere.xml does not exist',
    });
  });

  it('checks the models of a configuration, what it asks of them, and where they really run', () =>
    withCopy(async (folder) => {
      const parameters = defaultParameters();
      const models = (found: readonly Check[]) =>
        found.filter(({ name, level }) => name === 'model' && level !== 'ok').map((check) => check.found);
      cpSync(join(packageRoot, 'models'), folder, { recursive: true });
      Object.assign(parameters.models, { folder, adapters: ['zoo-classify'] });
      expect(models(await modelChecks(parameters))).to.deep.equal([]);
      parameters.models.adapters.push('absent');
      expect(models(await modelChecks(parameters)).join()).to.match(
        /SAGE_512 absent: .*models\.adapters names it/,
      );
      parameters.models.adapters.splice(1, 1, 'log');
      expect(models(await modelChecks(parameters)).join()).to.match(
        /SAGE_517 log: .*its manifest has no adapter/,
      );
      parameters.models.adapters.pop();
      rmSync(join(folder, 'vision-refiner.json'));
      writeFileSync(join(folder, 'add/main.onnx'), 'spoilt');
      const [altered, missing] = models(await modelChecks(parameters));
      expect(altered).to.match(/^add: SAGE_502 /);
      expect(missing).to.match(/^SAGE_512 vision-refiner: .*the configuration uses it/);
      const host = await hostCheck({ ...parameters.models, providers: ['openvino', 'cpu'] });
      expect(host).to.include({ level: 'warn' });
      expect(host.found).to.match(/ runs on cpu$/);
      expect(host.remedy).to.contain('refused: openvino: ');
    }));

  it('prints a line per check and what to do below it', () => {
    const text = doctorText([
      { name: 'node', level: 'ok', found: '20.20.2', remedy: '' },
      { name: 'cores', level: 'warn', found: '1', remedy: 'use two' },
    ]);
    expect(text).to.equal('✓ node   20.20.2\n! cores  1\n         → use two');
  });
});
