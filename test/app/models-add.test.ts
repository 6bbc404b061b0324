import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { projectRoot } from '../../scripts/env.mjs';
import type { AdapterDeclaration } from '../../src/contracts/adapter.js';
import { createModelHost, type HostLaunch, readManifest } from '../../src/models/index.js';
import { HOSTS, hostParameters, MODELS } from '../models/fixtures.js';
import { runModelsCommand as run } from './run-models.js';

/** One field of protobuf with a length; what stands behind a message is merged into it. */
function field(number: number, bytes: Uint8Array): Uint8Array {
  const length = [];
  for (let rest = bytes.length; ; rest >>= 7) {
    length.push(rest > 127 ? (rest & 127) | 128 : rest);
    if (rest <= 127) break;
  }
  return Buffer.concat([Uint8Array.of(number * 8 + 2, ...length), bytes]);
}

/** A model of the fixtures as an exporter writes it that says something of the model. */
function marked(id: string, metadata: Readonly<Record<string, string>>): Uint8Array {
  const pairs = Object.entries(metadata).map(([key, value]) =>
    field(14, Buffer.concat([field(1, Buffer.from(key)), field(2, Buffer.from(value))])),
  );
  return Buffer.concat([readFileSync(join(MODELS, id, 'main.onnx')), ...pairs]);
}

describe('sage models add', function () {
  // Each starts model hosts.
  this.timeout(240_000);
  let folder = '';
  let cache: string | undefined;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sage-add-'));
    cache = process.env.XDG_CACHE_HOME;
    process.env.XDG_CACHE_HOME = join(folder, 'cache');
  });
  afterEach(() => {
    if (cache === undefined) delete process.env.XDG_CACHE_HOME;
    else process.env.XDG_CACHE_HOME = cache;
    rmSync(folder, { recursive: true, force: true });
  });
  const file = (name: string, bytes: Uint8Array | string): string => {
    writeFileSync(join(folder, name), bytes);
    return join(folder, name);
  };
  const fixture = (id: string): string => join(MODELS, id, 'main.onnx');
  const exported = (name: string): string => join(projectRoot, `test/fixtures/exports/${name}.onnx`);
  const add = (path: string, ...more: string[]) => run('add', path, '--folder', folder, ...more);
  const adapterOf = (id: string): AdapterDeclaration => readManifest(join(folder, `${id}.json`)).adapter!;

  it('takes a file that says what it is without a question', async () => {
    const names = "{0: 'red', 1: 'green', 2: 'blue'}";
    const path = file('YOLO v8.onnx', marked('zoo-yolov8', { task: 'detect', names, imgsz: '[64, 64]' }));
    const { code, out, err } = await add(path);
    expect(code, err).to.equal(0);
    expect(out).to.match(/detection: outputs float32 \[1, 7, 64\] as yolov8; test run/);
    expect(out).to.contain('classes: 3, named in the file');
    expect(out, 'Ultralytics does not').not.to.contain('--imagenet');
    const manifest = readManifest(join(folder, 'yolo-v8.json'));
    expect(manifest).to.deep.include({ classes: ['red', 'green', 'blue'], task: 'detection' });
    expect(manifest.adapter).to.include({ kind: 'detection', layout: 'yolov8' });
    expect(out).to.match(/on this machine: \d+ MB \(\d+ host, \d+ model\), loads in/);
    const listed = await run('list', '--folder', folder);
    expect(listed.out, 'it is measured already').to.match(/yolo-v8 .* \d+ MB \(\d+ host, \d+ model\)/);
  });

  it('sees by what it gives what kind it is', async () => {
    const classes = file('names.json', '["red", "green", "blue", "grey"]');
    const named = await add(fixture('zoo-classify'), '--id', 'classifier', '--classes', classes);
    expect(named.code, named.err).to.equal(0);
    expect(adapterOf('classifier')).to.include({ kind: 'classification', softmax: true });
    const segments = await add(fixture('zoo-segment'), '--id', 'segmenter');
    expect(segments.code, segments.err).to.equal(0);
    expect(segments.out).to.contain('classes: no names; pass --classes');
    expect(segments.out).to.contain('letterbox; torchvision and timm models need --imagenet');
    expect(named.out).to.contain('--imagenet');
    expect(adapterOf('segmenter').kind).to.equal('segmentation');
    const path = exported('unclear');
    const unclear = await add(path, '--id', 'embedder');
    expect(unclear.code).to.equal(2);
    expect(unclear.err).to.match(/^SAGE_901 .*\[1, 48\] does not show what kind of model it is; pass --kind/);
    expect((await add(path, '--id', 'embedder', '--kind', 'embedding')).code).to.equal(0);
  });

  it('refuses what would fail in the loop, and leaves nothing behind', async () => {
    const two = file('two.txt', 'red\ngreen\n');
    for (const [path, more, told] of [
      [
        fixture('zoo-yolov8'),
        ['--kind', 'detection', '--classes', two],
        /^SAGE_517 .*has 3 classes, .* names 2/,
      ],
      [
        fixture('zoo-classify'),
        ['--classes', two, '--kind', 'classification'],
        /^SAGE_517 .*outputs 4 classes/,
      ],
      [fixture('zoo-classify'), ['--kind', 'segmentation'], /^SAGE_517 .*a segmenter outputs/],
      [fixture('zoo-classify'), ['--output', 'none'], /^SAGE_517 .*no output "none"; it has logits/],
      [fixture('zoo-omni'), ['--kind', 'embedding'], /^SAGE_517 .*no data source for the input "samples"/],
      [fixture('log'), ['--kind', 'embedding'], /^SAGE_517 .*must be one image/],
      [file('cut.onnx', readFileSync(fixture('zoo-classify')).subarray(0, 90)), [], /^SAGE_510 /],
      [file('empty.onnx', ''), [], /^SAGE_510 .*it is empty/],
      [file('lfs.onnx', 'version https://git-lfs.github.com/spec/v1\noid sha256:0\n'), [], /git lfs pull/],
      [file('page.onnx', '<!DOCTYPE html>\n<html></html>'), [], /^SAGE_510 .*an HTML page/],
      [file('model.pt', 'PK\u0003\u0004..'), [], /^SAGE_510 .*a ZIP archive/],
      [fixture('external'), [], /^SAGE_510 .*external data: .*secret\.bin; export the model again/],
      [
        file('alone.onnx', readFileSync(exported('external/model'))),
        [],
        /^SAGE_510 .*second file, model\.onnx\.data, which is missing/,
      ],
      [fixture('zoo-classify'), ['--tiles', 'five'], /^SAGE_901 .*a number from 1 to 4/],
      [fixture('zoo-classify'), ['--size', '480'], /^SAGE_901 .*such as 480x640/],
    ] as const) {
      const ran = await add(path, '--id', 'refused', ...more);
      expect(ran.code, ran.out).to.be.above(0);
      expect(ran.err).to.match(told);
      expect(ran.err.trim().split('\n')).to.have.length(1);
      expect(existsSync(join(folder, 'refused.json'))).to.equal(false);
    }
  });

  it("says what to write where the folder is no other command's, and what an id is", async () => {
    const added = await add(fixture('zoo-yolov8'), '--kind', 'detection', '--id', 'found');
    expect(added.out, added.err).to.contain(`models:\n  folder: ${folder}\n  adapters: [found]`);
    const named = await add(fixture('zoo-yolov8'), '--id', 'a b');
    expect([named.code, named.err]).to.deep.include(2);
    expect(named.err).to.match(/^SAGE_901 .*--id "a b": an id has lower-case letters/);
  });

  it('refuses a model that takes more memory than a host may have', async () => {
    const config = file('small.yaml', 'models:\n  host_mb_max: 20\n');
    const { code, err } = await add(fixture('zoo-yolov8'), '--id', 'large', '--config', config);
    expect(code).to.equal(1);
    expect(err).to.match(/^SAGE_514 .*main\.onnx: its host uses \d+ MB \(allowed 20\)/);
    expect(existsSync(join(folder, 'large.json'))).to.equal(false);
  });

  it('says where to get a Python for the host if there is none', async () => {
    const config = file('python.yaml', 'models:\n  host: python\n  python: /usr/bin/false\n');
    const { err } = await add(fixture('zoo-yolov8'), '--id', 'none', '--config', config);
    expect(err).to.match(/^SAGE_504 .*models\.python must name a Python with numpy and onnxruntime/);
  });

  it('leaves nothing half done where it cannot write', async () => {
    mkdirSync(join(folder, 'stuck', 'stuck.onnx'), { recursive: true });
    const ran = await add(fixture('zoo-classify'), '--id', 'stuck', '--kind', 'classification');
    expect(ran.code).to.be.above(0);
    expect(ran.err).to.match(/^SAGE_903 .*stuck\.json/);
    const left = readdirSync(folder, { recursive: true }).filter((name) => /part|json$/.test(String(name)));
    expect(left.filter((name) => !String(name).startsWith('cache'))).to.deep.equal([]);
  });

  it('takes a sound, alone or beside a picture', async () => {
    const both = await add(fixture('zoo-omni'), '--id', 'omni', '--sound', 'samples', '--kind', 'embedding');
    expect(both.code, both.err).to.equal(0);
    expect(readManifest(join(folder, 'omni.json')).modalities).to.deep.equal({
      vision: 'bytes',
      audio: 'samples',
    });
    const alone = await add(fixture('zoo-hear'), '--id', 'hear', '--sound', 'samples', '--kind', 'embedding');
    expect(alone.code, alone.err).to.equal(0);
    expect(readManifest(join(folder, 'hear.json')).modalities).to.deep.equal({ audio: 'samples' });
  });

  it('accepts weights in a separate file, and tracks that file', async () => {
    const added = await add(exported('external/model'), '--id', 'apart');
    expect(added.code, added.err).to.equal(0);
    const manifest = readManifest(join(folder, 'apart.json'));
    const [data] = manifest.files[0]!.data!;
    expect(data).to.include({ path: 'apart/model.onnx.data', bytes: 16 });
    expect((await run('verify', 'apart', '--folder', folder)).code).to.equal(0);
    const request = {
      model: 'apart',
      graph: 'main',
      inputs: {
        input: { type: 'float32' as const, dims: [1, 3, 64, 64], data: new Float32Array(3 * 64 * 64) },
      },
      fetch: ['logits'],
    };
    const looked = async (launch: HostLaunch) => {
      const parameters = hostParameters({ folder });
      const host = createModelHost({ parameters, manifests: [manifest], launch });
      try {
        await host.ready();
        const { fault } = host.health();
        if (fault) return fault.code;
        return [...((await host.run(request)).tensors.logits!.data as Float32Array)];
      } finally {
        await host.close();
      }
    };
    const hosts = HOSTS.filter(({ absent }) => absent === null);
    for (const { name, launch } of hosts) expect(await looked(launch), name).to.deep.equal([-2, 5, 0]);
    const path = join(folder, data!.path);
    writeFileSync(path, Buffer.from(Float32Array.of(9, 9, 9, 9).buffer));
    for (const { name, launch } of hosts) expect(await looked(launch), name).to.equal('SAGE_502');
    expect((await run('verify', 'apart', '--folder', folder)).out).to.match(/SAGE_502 .*model\.onnx\.data/);
    rmSync(path);
    for (const { name, launch } of hosts) expect(await looked(launch), name).to.equal('SAGE_501');
  });
});
