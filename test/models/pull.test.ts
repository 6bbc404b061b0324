import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type ModelManifest, type PullProgress, pullModel } from '../../src/models/index.js';
import { codeOf, MODELS, manifestOf } from './fixtures.js';

const BYTES = readFileSync(join(MODELS, 'counter/step.onnx'));

/** What the server does with one request, by path. */
function serve(request: IncomingMessage, response: ServerResponse): void {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  const part = (bytes: Buffer) => {
    response.writeHead(from > 0 ? 206 : 200, { 'content-length': bytes.byteLength - from });
    response.end(bytes.subarray(from));
  };
  if (request.url === '/good') part(BYTES);
  else if (request.url === '/no-ranges') response.end(BYTES);
  else if (request.url === '/cut') {
    response.writeHead(200, { 'content-length': BYTES.byteLength });
    response.write(BYTES.subarray(0, 40), () => request.socket.destroy());
  } else if (request.url === '/other') part(Buffer.alloc(BYTES.byteLength, 7));
  else if (request.url === '/long') part(Buffer.concat([BYTES, BYTES]));
  else if (request.url === '/short') part(BYTES.subarray(0, 50));
  else response.writeHead(404).end();
}

describe('models/pull', () => {
  let server: Server;
  let base = '';
  let folder = '';
  before(async () => {
    server = createServer(serve);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => new Promise((resolve) => server.close(resolve)));
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sage-pull-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const manifest = (path: string): ModelManifest => {
    const counter = manifestOf('counter');
    return { ...counter, files: counter.files.map((file) => ({ ...file, url: `${base}${path}` })) };
  };
  const target = () => join(folder, 'counter/step.onnx');

  it('downloads what is missing, reports progress, and keeps what is present', async () => {
    const told: PullProgress[] = [];
    const [first] = await pullModel(folder, manifest('/good'), (progress) => told.push(progress));
    expect(first).to.deep.include({ state: 'fetched', fetched_bytes: BYTES.byteLength });
    expect(readFileSync(target()).equals(BYTES)).to.equal(true);
    expect(told.at(-1)).to.include({ bytes: BYTES.byteLength, bytes_max: BYTES.byteLength });
    const [again] = await pullModel(folder, manifest('/404'));
    expect(again).to.include({ state: 'present', fetched_bytes: 0 });
  });

  it('continues where it was truncated', async () => {
    expect(await codeOf(pullModel(folder, manifest('/cut')))).to.equal('SAGE_516');
    expect(existsSync(target())).to.equal(false);
    expect(readFileSync(`${target()}.part`).byteLength).to.equal(40);
    const [resumed] = await pullModel(folder, manifest('/good'));
    expect(resumed).to.deep.include({ state: 'resumed', fetched_bytes: BYTES.byteLength - 40 });
    expect(readFileSync(target()).equals(BYTES)).to.equal(true);
  });

  it('restarts if the server cannot resume a download', async () => {
    expect(await codeOf(pullModel(folder, manifest('/cut')))).to.equal('SAGE_516');
    const [whole] = await pullModel(folder, manifest('/no-ranges'));
    expect(whole!.fetched_bytes).to.equal(BYTES.byteLength);
    expect(readFileSync(target()).equals(BYTES)).to.equal(true);
  });

  it('takes no other file than the manifest says', async () => {
    for (const path of ['/other', '/long', '/short', '/404']) {
      expect(await codeOf(pullModel(folder, manifest(path))), path).to.equal('SAGE_516');
      expect(existsSync(target()), path).to.equal(false);
      rmSync(`${target()}.part`, { force: true });
    }
    expect(await codeOf(pullModel(folder, manifestOf('counter'))), 'no url').to.equal('SAGE_516');
  });

  it('says that the disk is full, and leaves nothing that counts as the model', async () => {
    mkdirSync(join(folder, 'counter'));
    // Whatever is written there fails as on a disk without room.
    symlinkSync('/dev/full', `${target()}.part`);
    const told = await pullModel(folder, manifest('/good')).then(() => '', String);
    expect(told).to.match(/SAGE_516 .*no space left on device/);
    expect(existsSync(target())).to.equal(false);
    rmSync(`${target()}.part`);
    const counter = manifest('/good');
    const huge = { ...counter, files: counter.files.map((file) => ({ ...file, bytes: 2 ** 50 })) };
    const before = await pullModel(folder, huge).then(() => '', String);
    expect(before, 'nothing is fetched that cannot fit').to.match(
      /SAGE_516 .*the download needs \d+ MB, but only \d+ MB are free/,
    );
    expect(existsSync(`${target()}.part`)).to.equal(false);
    expect((await pullModel(folder, manifest('/good')))[0], 'with room it is fetched').to.include({
      state: 'fetched',
    });
  });

  it('says why a folder cannot be made', async () => {
    writeFileSync(join(folder, 'counter'), 'a file where the folder should be');
    expect(await codeOf(pullModel(folder, manifest('/good')))).to.equal('SAGE_516');
  });

  it('does not trust a half-finished download', async () => {
    await pullModel(folder, manifest('/good'));
    rmSync(target());
    writeFileSync(`${target()}.part`, Buffer.alloc(BYTES.byteLength, 1));
    expect(await codeOf(pullModel(folder, manifest('/good')))).to.equal('SAGE_516');
    expect((await pullModel(folder, manifest('/good')))[0]!.state).to.equal('fetched');
  });
});
