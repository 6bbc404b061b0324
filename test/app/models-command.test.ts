import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { expect } from 'chai';
import { adapterExtensions } from '../../src/app/adapters.js';
import { perceptionOf } from '../../src/app/perception.js';
import { defaultParameters } from '../../src/contracts/parameters/index.js';
import { MODELS, withCopy } from '../models/fixtures.js';
import { runModelsCommand as run } from './run-models.js';

describe('sage models', function () {
  // Some of these start a model host.
  this.timeout(240_000);
  let cache = '';
  const before_cache = process.env.XDG_CACHE_HOME;
  before(() => {
    cache = mkdtempSync(join(tmpdir(), 'sage-cache-'));
    process.env.XDG_CACHE_HOME = cache;
  });
  after(() => {
    if (before_cache === undefined) delete process.env.XDG_CACHE_HOME;
    else process.env.XDG_CACHE_HOME = before_cache;
    rmSync(cache, { recursive: true, force: true });
  });

  it('lists and checks models, for people and for machines', async () => {
    const list = await run('list', '--folder', MODELS);
    expect(list.code).to.equal(0);
    expect(list.out).to.match(/^zoo-yolov8 +1 +detection +0\.0 MB +~\d+ MB, not measured$/m);
    const json = JSON.parse((await run('list', '--folder', MODELS, '--json')).out) as {
      models: { id: string }[];
    };
    expect(json.models.map(({ id }) => id)).to.include('add');
    await withCopy(async (folder) => {
      expect((await run('verify', '--folder', folder)).code).to.equal(0);
      writeFileSync(join(folder, 'add/main.onnx'), 'spoilt');
      const spoilt = await run('verify', 'add', '--folder', folder);
      expect(spoilt.code).to.equal(1);
      expect(spoilt.out).to.contain('SAGE_502');
    });
  });

  it('takes a folder from where it is called, not from the package', async () => {
    await withCopy(async (folder) => {
      const { code, out } = await run('list', '--folder', relative(process.cwd(), folder), '--json');
      expect(code).to.equal(0);
      expect(JSON.parse(out)).to.include({ folder });
      const before = process.cwd();
      process.chdir(folder);
      try {
        expect((await run('verify', 'add', '--folder', '.')).code).to.equal(0);
      } finally {
        process.chdir(before);
      }
    });
  });

  it('continues past models that fail, and says of each why', async () => {
    await withCopy(async (folder) => {
      writeFileSync(join(folder, 'aaa.json'), '{');
      writeFileSync(join(folder, 'add/main.onnx'), 'spoilt');
      const named = await run('verify', 'aaa', '--folder', folder);
      expect(named.err, 'its manifest is there, and broken').to.match(/^SAGE_503 .*aaa\.json/);
      const all = await run('verify', '--folder', folder);
      expect(all.code).to.equal(1);
      expect(all.out).to.contain('twice: all files match the manifest');
      expect(all.err).to.match(/^SAGE_503 .*aaa\.json/);
      const probed = await run('probe', 'add', 'twice', '--folder', folder, '--json');
      expect(probed.code).to.equal(1);
      const { probes, failed } = JSON.parse(probed.out) as {
        probes: { id: string }[];
        failed: { code: string }[];
      };
      expect(probes.map(({ id }) => id)).to.deep.equal(['twice']);
      expect(failed.map(({ code }) => code)).to.deep.equal(['SAGE_502']);
      const pulled = await run('pull', 'add', 'twice', '--folder', folder);
      expect(pulled.code).to.equal(1);
      expect(pulled.err).to.match(/^SAGE_516 .*has no url/);
      expect(pulled.out).to.match(/twice\/main\.onnx: present/);
    });
  });

  it('names a file that several models share once', async () => {
    await withCopy(async (folder) => {
      const copy = { ...JSON.parse(readFileSync(join(folder, 'add.json'), 'utf8')), id: 'again' };
      writeFileSync(join(folder, 'again.json'), JSON.stringify(copy));
      const { out } = await run('pull', 'add', 'again', '--folder', folder);
      expect(out.trim().split('\n')).to.have.length(1);
    });
  });

  it('measures, and lists what was measured', async () => {
    const probe = await run('probe', 'add', '--folder', MODELS);
    expect(probe.code, probe.err).to.equal(0);
    expect(probe.out).to.match(
      /^add: \d+ MB \(\d+ host, \d+ model\), loads in \d+ ms; main [\d.]+ ms on cpu$/m,
    );
    expect((await run('list', '--folder', MODELS)).out).to.match(/^add .* loads in \d+ ms/m);
  });

  it('says what the models could perceive, as one and as one each', async () => {
    const { out } = await run('blocks', '--folder', MODELS, '--json');
    const { blocks } = JSON.parse(out) as {
      blocks: { type: string; models: string[]; modalities: string[] }[];
    };
    const told = new Map(blocks.map(({ type, models }) => [type, models]));
    expect(told.get('MONOLITHIC')).to.deep.equal(['zoo-omni']);
    expect(told.get('MODULAR')).to.include.members(['zoo-embed', 'zoo-hear', 'zoo-classify', 'zoo-yolov8']);
    expect(told.get('MODULAR'), 'models for several, or for none').to.not.include.members([
      'zoo-omni',
      'add',
    ]);
    expect(told.get('HYBRID')).to.deep.equal(['zoo-omni', ...told.get('MODULAR')!]);
    for (const { modalities } of blocks) expect(modalities).to.deep.equal(['vision', 'audio']);
    const own = (await run('blocks')).out;
    expect(own).to.match(/^MODULAR +vision, text +language-refiner, vision-refiner +\d+ MB$/m);
    expect(own).to.match(/^MONOLITHIC +vision, text +tabletop-omni +\d+ MB$/m);
  });

  it('makes a plugin of an exported file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sage-add-'));
    try {
      const classes = join(folder, 'names.txt');
      writeFileSync(classes, 'red\ngreen\nblue\n');
      const file = join(MODELS, 'zoo-yolov8/main.onnx');
      const added = await run(
        'add',
        file,
        '--kind',
        'detection',
        '--id',
        'mine',
        '--classes',
        classes,
        '--folder',
        folder,
      );
      expect(added.code, added.err).to.equal(0);
      expect(added.out).to.contain('adapters: [mine]');
      const manifest = JSON.parse(readFileSync(join(folder, 'mine.json'), 'utf8')) as { classes: string[] };
      expect(manifest.classes).to.deep.equal(['red', 'green', 'blue']);
      const { blocks } = JSON.parse((await run('blocks', '--folder', folder, '--load', '--json')).out) as {
        blocks: { type: string; models: string[]; memory_mb: number }[];
      };
      const modular = blocks.find(({ type }) => type === 'MODULAR');
      expect(modular?.models).to.deep.equal(['mine']);
      expect(modular?.memory_mb, 'as measured').to.be.above(10);
      expect(blocks.find(({ type }) => type === 'MONOLITHIC')).to.include({ memory_mb: 0 });
      expect((await run('verify', 'mine', '--folder', folder)).code).to.equal(0);
      // What was edited in a manifest is not undone unasked.
      const again = ['add', file, '--kind', 'detection', '--id', 'mine', '--folder', folder];
      const refused = await run(...again);
      expect(refused).to.include({ code: 2, out: '' });
      expect(refused.err).to.match(
        /^SAGE_901 .*mine\.json: it already exists; use --replace or another --id/,
      );
      expect((await run(...again, '--classes', classes, '--replace')).code).to.equal(0);
      const parameters = defaultParameters();
      Object.assign(parameters.models, { folder, adapters: ['mine'] });
      expect(adapterExtensions(perceptionOf(parameters)).map(({ faculty }) => faculty.plugin)).to.deep.equal([
        'mine',
      ]);
      const bad = await run('add', classes, '--kind', 'detection', '--id', 'no-model', '--folder', folder);
      expect(bad.code).to.equal(1);
      expect(bad.err).to.contain('SAGE_510');
      expect(existsSync(join(folder, 'no-model.json'))).to.equal(false);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('reads the argument after a configuration file as a model, not as a second file', async () => {
    const config = join(cache, 'models.yaml');
    writeFileSync(config, `models:\n  folder: ${MODELS}\n`);
    const ran = await run('verify', '--config', config, 'add');
    expect(ran, ran.err).to.deep.equal({
      code: 0,
      out: 'add: all files match the manifest\n',
      err: '',
    });
  });

  it('says on one line what was wrong', async () => {
    for (const [argv, code, told] of [
      [['verify', 'none'], 1, 'SAGE_512'],
      [['pull', 'add', '--folder', MODELS], 0, ''],
      [['bark'], 2, 'SAGE_901'],
      [['swap', 'one'], 2, "sage models swap: missing required argument 'to'"],
      [['load', 'one', '--folder', MODELS], 2, "sage models load: unknown option '--folder'"],
      [['add', '/nonexistent.onnx', '--kind', 'detection'], 2, 'SAGE_902'],
      [['add'], 2, 'SAGE_901'],
    ] as const) {
      const ran = await run(...argv);
      expect(ran.code, argv.join(' ')).to.equal(code);
      expect(ran.err.trim()).to.contain(told);
      expect(ran.err.trim().split('\n'), ran.err).to.have.length(1);
    }
  });
});
