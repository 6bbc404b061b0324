import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { SageError } from '../../src/contracts/errors.js';
import type { InferenceOutputs, InferenceRequest, Slot, Tensor } from '../../src/contracts/inference.js';
import type { Parameters } from '../../src/contracts/parameters/index.js';
import {
  createModelHost,
  type HostLaunch,
  type ModelHost,
  type ModelHostEvent,
  type ModelManifest,
} from '../../src/models/index.js';
import { skip } from '../skip.js';
import { ADD, codeOf, floats, HOSTS, hostParameters, manifestOf, until, withCopy } from './fixtures.js';

const numbers = (tensor: Tensor | undefined): number[] => [...(tensor!.data as Float32Array)];

/** About 6 µs a turn: 10 million take a minute. */
const slow = (turns: number, signal?: AbortSignal): InferenceRequest => ({
  model: 'slow',
  graph: 'main',
  inputs: { turns: { type: 'int64', dims: [1], data: BigInt64Array.of(BigInt(turns)) } },
  fetch: ['y'],
  ...(signal ? { signal } : {}),
});
const FOREVER = 1e8;

const count = (state: Tensor | Slot, more: Partial<InferenceRequest> = {}): InferenceRequest => ({
  model: 'counter',
  graph: 'step',
  inputs: { by: floats(1, 1, 1, 1), state },
  fetch: ['total'],
  keep: ['next_state'],
  ...more,
});
const slotOf = ({ slots }: InferenceOutputs): Slot => slots.next_state!;

for (const { name, launch: own, absent } of HOSTS)
  describe(`models/model host in ${name}`, function () {
    // Real processes on a machine that may be busy.
    this.timeout(240_000);
    before(function () {
      if (absent !== null) skip(this, absent);
    });
    const open: ModelHost[] = [];
    const events: ModelHostEvent[] = [];
    function start(
      ids: readonly string[],
      changes: Partial<Parameters['models']> = {},
      launch?: HostLaunch,
      manifests?: readonly ModelManifest[],
    ): ModelHost {
      const host = createModelHost({
        parameters: hostParameters(changes),
        manifests: manifests ?? ids.map(manifestOf),
        onEvent: (event) => events.push(event),
        launch: launch ?? own,
      });
      open.push(host);
      return host;
    }
    beforeEach(() => events.splice(0));
    afterEach(async () => {
      await Promise.all(open.splice(0).map((host) => host.close()));
    });

    it('runs a graph, and says how it is', async () => {
      const host = start(['add', 'log'], { providers: ['cuda', 'cpu'] });
      expect(host.health().state).to.equal('starting');
      const { tensors } = await host.run(ADD);
      expect(numbers(tensors.y)).to.deep.equal([2, 3, 4, 5]);
      await host.ready();
      const health = host.health();
      expect(health).to.include({ state: 'ready', restarts: 0, provider: 'cpu', fault: null, queued: 0 });
      const [graph] = health.models[0]!.graphs;
      expect(graph!.refused[0]!.provider, 'the provider that is not there is named').to.equal('cuda');
      expect(graph!.run.count).to.equal(1);
      expect(graph!.round_trip.max_ms).to.be.at.least(graph!.run.max_ms!);
      expect((await host.stats()).rss_bytes).to.be.above(1e6);
    });

    it('refuses what does not fit, and continues', async () => {
      const host = start(['add', 'log']);
      const wrong = (more: Partial<InferenceRequest>) => codeOf(host.run({ ...ADD, ...more }));
      expect(await wrong({ model: 'none' })).to.equal('SAGE_512');
      expect(await wrong({ graph: 'none' })).to.equal('SAGE_512');
      expect(await wrong({ inputs: {} })).to.equal('SAGE_508');
      expect(await wrong({ inputs: { x: floats(1, 2) } })).to.equal('SAGE_508');
      expect(await wrong({ fetch: ['z'] })).to.equal('SAGE_508');
      const bytes: Tensor = { type: 'uint8', dims: [1, 4], data: new Uint8Array(4) };
      expect(await wrong({ inputs: { x: bytes } })).to.equal('SAGE_508');
      const short: Tensor = { type: 'float32', dims: [1, 4], data: new Float32Array(3) };
      expect(await wrong({ inputs: { x: short } })).to.equal('SAGE_508');
      const log = { ...ADD, model: 'log' };
      expect(await codeOf(host.run({ ...log, inputs: { x: floats(1, -1, 1, 1) } }))).to.equal('SAGE_507');
      expect(await codeOf(host.run({ ...log, inputs: { x: floats(0, 1, 1, 1) } }))).to.equal('SAGE_507');
      expect(numbers((await host.run({ ...log, inputs: { x: floats(1, 1, 1, 1) } })).tensors.y)[0]).to.equal(
        0,
      );
      expect(host.health().restarts).to.equal(0);
    });

    it('keeps state in the host, and frees it', async () => {
      const host = start(['counter'], { slots_max: 3 });
      const first = await host.run(count(floats(0, 0, 0, 0)));
      expect(first.tensors).to.have.keys('total');
      const a = slotOf(first);
      const b = slotOf(await host.run(count(a)));
      const c = slotOf(await host.run(count(b)));
      expect(numbers(await host.read(c))).to.deep.equal([3, 3, 3, 3]);
      expect(await codeOf(host.run(count(c))), 'a fourth slot is too many').to.equal('SAGE_509');
      const d = await host.run(count(c, { free: [c] }));
      expect(numbers(d.tensors.total)).to.deep.equal([16]);
      expect(await codeOf(host.read(c)), 'freed with the run that replaced it').to.equal('SAGE_511');
      host.free([a, b, b, slotOf(d)]);
      host.free([a]);
      expect(await codeOf(host.run(count(a)))).to.equal('SAGE_511');
      expect(host.health().slots).to.equal(0);
      expect(await host.stats()).to.include({ slots: 0, slot_bytes: 0 });
    });

    it('bounds the memory of its slots', async () => {
      const host = start(['toy-vision'], { slot_mb_max: 1 });
      const image: Tensor = { type: 'uint8', dims: [1, 480, 640, 3], data: new Uint8Array(480 * 640 * 3) };
      const encode = () =>
        host.run({
          model: 'toy-vision',
          graph: 'encoder',
          inputs: { image },
          fetch: [],
          keep: ['features'],
        });
      const kept = [];
      for (let i = 0; i < 4; i++) kept.push((await encode()).slots.features!);
      expect(await codeOf(encode())).to.equal('SAGE_509');
      host.free(kept);
      expect((await encode()).slots).to.have.keys('features');
    });

    it('gives up on a signal: before its turn, and while it runs', async () => {
      const host = start(['add', 'slow', 'counter']);
      await host.ready();
      const running = new AbortController();
      const waiting = new AbortController();
      const long = host.run(slow(30_000, running.signal));
      const never = host.run(count(floats(0, 0, 0, 0), { signal: waiting.signal }));
      waiting.abort(new Error('not wanted'));
      running.abort(new Error('enough'));
      const reason = (promise: Promise<unknown>) =>
        promise.then(
          () => 'resolved',
          (thrown: Error) => thrown.message,
        );
      expect(await reason(never)).to.equal('not wanted');
      expect(await reason(long)).to.equal('enough');
      expect(await reason(host.run({ ...ADD, signal: running.signal }))).to.equal('enough');
      expect(numbers((await host.run(ADD)).tensors.y)).to.deep.equal([2, 3, 4, 5]);
      expect(await host.stats(), 'what waited never ran').to.include({ runs: 2, slots: 0 });
      expect(host.health().restarts).to.equal(0);
    });

    it('drops the slots of a run that was given up while it ran', async () => {
      const host = start(['counter', 'slow']);
      await host.ready();
      const stop = new AbortController();
      const given_up = host.run(count(floats(0, 0, 0, 0), { signal: stop.signal }));
      stop.abort(new Error('late'));
      await given_up.catch(() => undefined);
      expect(await host.stats()).to.include({ slots: 0 });
      expect(host.health().slots).to.equal(0);
    });

    it('bounds what waits', async () => {
      const host = start(['add', 'slow'], { queue_max: 2 });
      await host.ready();
      const asked = [host.run(slow(1000)), host.run(ADD), host.run(ADD)];
      expect(host.health().queued).to.equal(2);
      expect(await codeOf(host.run(ADD))).to.equal('SAGE_509');
      await Promise.all(asked);
      await host.run(ADD);
    });

    it('is replaced when it is killed, with the models loaded again', async () => {
      const host = start(['add', 'slow', 'counter'], { restart_min_ms: 100 });
      const kept = slotOf(await host.run(count(floats(0, 0, 0, 0))));
      const asked = [host.run(slow(FOREVER)), host.run(ADD)];
      const codes = Promise.all(asked.map(codeOf));
      process.kill(host.health().pid!, 'SIGKILL');
      expect(await codes).to.deep.equal(['SAGE_504', 'SAGE_504']);
      expect(host.health()).to.include({ state: 'waiting', slots: 0, pid: null });
      expect(host.health().fault).to.include({ code: 'SAGE_504' });
      expect(await codeOf(host.run(ADD)), 'says so at once meanwhile').to.equal('SAGE_504');
      await host.ready();
      expect(numbers((await host.run(ADD)).tensors.y)).to.deep.equal([2, 3, 4, 5]);
      expect(await codeOf(host.read(kept)), 'its slots are lost').to.equal('SAGE_511');
      expect(await codeOf(host.run(count(kept)))).to.equal('SAGE_511');
      host.free([kept]);
      expect(host.health()).to.include({ state: 'ready', restarts: 1, fault: null });
      expect(host.health().last_loss!.text).to.contain('SIGKILL');
    });

    it('is replaced when it does not answer in time', async () => {
      const host = start(['add', 'slow'], { timeout_ms: 400 });
      await host.ready();
      const codes = Promise.all([host.run(slow(FOREVER)), host.run(ADD)].map(codeOf));
      expect(await codes).to.deep.equal(['SAGE_506', 'SAGE_504']);
      await host.ready();
      expect(numbers((await host.run(ADD)).tensors.y)).to.deep.equal([2, 3, 4, 5]);
      expect(host.health().restarts).to.equal(1);
    });

    it('goes without a model whose file is missing or altered, and takes it up when it is restored', () =>
      withCopy(async (folder) => {
        const paths = { add: join(folder, 'add/main.onnx'), log: join(folder, 'log/main.onnx') };
        const good = readFileSync(paths.add);
        rmSync(paths.log);
        writeFileSync(paths.add, Buffer.concat([good.subarray(0, -1), Buffer.from([0])]));
        const host = start(['add', 'log', 'counter'], { folder, restart_max_ms: 30 });
        await host.ready();
        expect(await codeOf(host.run(ADD))).to.equal('SAGE_502');
        expect(await codeOf(host.run({ ...ADD, model: 'log' }))).to.equal('SAGE_501');
        await host.run(count(floats(0, 0, 0, 0)));
        expect(host.health().faults.map(({ code }) => code)).to.deep.equal(['SAGE_502', 'SAGE_501']);
        expect(host.health().faults[0]!.where).to.equal(paths.add);
        writeFileSync(paths.add, good);
        await until(() => events.some(({ kind }) => kind === 'recovered'));
        expect(numbers((await host.run(ADD)).tensors.y)).to.deep.equal([2, 3, 4, 5]);
        expect(host.health()).to.deep.include({ state: 'ready', restarts: 0 });
        expect(host.health().faults.map(({ code }) => code)).to.deep.equal(['SAGE_501']);
      }));

    it('discovers manifests, and a broken one once it is repaired', () =>
      withCopy(async (folder) => {
        const path = join(folder, 'add.json');
        const good = readFileSync(path);
        writeFileSync(path, '{}');
        const host = createModelHost({ parameters: hostParameters({ folder, restart_max_ms: 30 }) });
        open.push(host);
        await host.ready();
        expect(host.health().fault).to.include({ code: 'SAGE_503', where: path });
        expect(await codeOf(host.run(ADD))).to.equal('SAGE_512');
        writeFileSync(path, good);
        await until(() => !host.health().faults.some(({ code }) => code === 'SAGE_503'));
        expect(numbers((await host.run(ADD)).tensors.y)).to.deep.equal([2, 3, 4, 5]);
      }));

    it('refuses a graph that is not what its manifest says, or that reaches outside of its file', async () => {
      const add = manifestOf('add');
      const main = add.graphs.main!;
      const other = (id: string, change: Partial<typeof main>): ModelManifest => ({
        ...add,
        id,
        graphs: { main: { ...main, ...change } },
      });
      const value = { name: 'x', dtype: 'float32' as const, shape: [1, 4] };
      const manifests = [
        add,
        other('shape', { inputs: [{ ...value, shape: [1, 5] }] }),
        other('rank', { inputs: [{ ...value, shape: [4] }] }),
        other('type', { outputs: [{ ...value, name: 'y', dtype: 'uint8' }] }),
        other('name', { outputs: [{ ...value, name: 'z' }] }),
        manifestOf('external'),
      ];
      const host = start([], {}, undefined, manifests);
      await host.ready();
      const code = (model: string) => host.health().models.find(({ id }) => id === model)!.fault?.code;
      for (const id of ['shape', 'rank', 'type', 'name']) expect(code(id), id).to.equal('SAGE_508');
      expect(code('external')).to.equal('SAGE_510');
      expect(host.health().faults.at(-1)!.text).to.contain('secret.bin');
      expect(await codeOf(host.run({ ...ADD, model: 'external' }))).to.equal('SAGE_510');
      await host.run(ADD);
    });

    it('refuses a file that the runtime cannot read, though its hash is right', () =>
      withCopy(async (folder) => {
        const bytes = Buffer.from('this is no model');
        writeFileSync(join(folder, 'add/main.onnx'), bytes);
        const { createHash } = await import('node:crypto');
        const sha256 = createHash('sha256').update(bytes).digest('hex');
        const add = manifestOf('add');
        const manifest = { ...add, files: [{ ...add.files[0]!, sha256, bytes: bytes.byteLength }] };
        const host = start([], { folder }, undefined, [manifest, manifestOf('counter')]);
        await host.ready();
        expect(await codeOf(host.run(ADD))).to.equal('SAGE_510');
        await host.run(count(floats(0, 0, 0, 0)));
      }));

    it('tries again and again, ever more slowly, where the host cannot live', async () => {
      const node = (script: string): HostLaunch => ({ command: process.execPath, args: ['-e', script] });
      const dead = start(['add'], { restart_min_ms: 1, restart_max_ms: 4 }, node('process.exit(7)'));
      const noise = start(['add'], {}, node('console.log("hello, I am no host")'));
      const absent = start(['add'], {}, { command: '/nonexistent/host', args: [] });
      const mute = start(['add'], { load_timeout_ms: 100 }, node('setInterval(() => {}, 1000)'));
      const asked = [dead, noise, absent, mute].map((host) => host.run(ADD));
      expect(await Promise.all(asked.map(codeOf))).to.deep.equal(Array(4).fill('SAGE_504'));
      await until(() => dead.health().restarts >= 3);
      expect(dead.health().last_loss!.text).to.contain('code 7');
      expect(noise.health().last_loss!.text).to.contain('does not follow this protocol');
      expect(absent.health().last_loss!.text).to.contain('ENOENT');
      expect(mute.health().last_loss).to.include({ code: 'SAGE_506' });
      await Promise.all([dead, noise, absent, mute].map((host) => host.close()));
      expect(dead.health().state).to.equal('closed');
    });

    it('stops loading a model that takes the host down with it', async () => {
      // Speaks the protocol, and dies when it is told to load.
      const script = `
      const frame = (o) => { const t = Buffer.from(JSON.stringify(o)); const h = Buffer.alloc(8);
        h.writeUInt32LE(t.length, 0); process.stdout.write(Buffer.concat([h, t])); };
      frame({ op: 'hello', protocol: 1, runtime: 'brittle', providers: [] });
      let all = Buffer.alloc(0);
      process.stdin.on('data', (chunk) => { all = Buffer.concat([all, chunk]);
        while (all.length >= 8) { const n = all.readUInt32LE(0); if (all.length < 8 + n) return;
          const { op, id } = JSON.parse(all.subarray(8, 8 + n)); all = all.subarray(8 + n);
          if (op === 'load') process.exit(9); frame({ id, ok: true }); } });`;
      const host = start(['add'], {}, { command: process.execPath, args: ['-e', script] });
      await host.ready();
      expect(host.health()).to.include({ state: 'ready', restarts: 2, runtime: 'brittle' });
      expect(host.health().fault).to.include({ code: 'SAGE_510' });
      expect(await codeOf(host.run(ADD))).to.equal('SAGE_510');
    });

    it('lets what runs finish when it is closed, and rejects what waits', async () => {
      const host = start(['add', 'slow']);
      await host.ready();
      const { pid } = host.health();
      const running = host.run(slow(1000));
      const waiting = codeOf(host.run(ADD));
      const closing = [host.close(), host.close()];
      expect(await waiting).to.equal('SAGE_504');
      expect((await running).tensors).to.have.keys('y');
      await Promise.all(closing);
      expect(() => process.kill(pid!, 0), 'its process has ended').to.throw('ESRCH');
      expect(await codeOf(host.run(ADD))).to.equal('SAGE_504');
      expect(await codeOf(host.ready())).to.equal('SAGE_504');
      expect(host.health()).to.include({ state: 'closed', restarts: 0 });
    });

    it('ends at once where it is closed while it starts', async () => {
      const host = start(['add']);
      const waiting = host.ready().catch((thrown: unknown) => thrown);
      await host.close();
      expect(await waiting).to.be.instanceOf(SageError);
    });
  });
