import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { expect } from 'chai';
import { type Frame, FrameReader } from '../../src/models/frame-reader.js';
import { LANE_BYTES, Lane, type LanePlace, putIntoLane, takeFromLane } from '../../src/models/lane.js';
import type { HostLaunch } from '../../src/models/launch.js';
import { ModelState } from '../../src/models/model-state.js';
import { frameHead, layOut, type OutgoingTensor, PROTOCOL } from '../../src/models/protocol.js';
import { skip } from '../skip.js';
import { HOSTS, MODELS, manifestOf } from './fixtures.js';

/** A host process spoken to by hand, as a client in another language would. */
class RawHost {
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  private readonly input: Writable;
  private readonly frames: Frame[] = [];
  private wake: () => void = () => undefined;
  said = '';

  /** @param shared the file in memory, where there is one */
  constructor({ command, args }: HostLaunch, shared: readonly number[] = []) {
    this.child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe', ...shared] }) as RawHost['child'];
    const { stdin, stdout, stderr } = this.child;
    this.input = stdin;
    const reader = new FrameReader((frame) => {
      this.frames.push(frame);
      this.wake();
    });
    stdout.on('data', (chunk: Buffer) => reader.push(chunk));
    stderr.on('data', (chunk: Buffer) => {
      this.said += chunk.toString();
    });
    // Writing to a host that has ended is part of these tests.
    stdin.on('error', () => undefined);
  }

  write(bytes: Uint8Array): void {
    this.input.write(bytes);
  }

  async ask(header: object, tensors: readonly OutgoingTensor[] = []): Promise<Record<string, unknown>> {
    const { headers, pieces, bytes } = layOut(tensors);
    const full = tensors.length > 0 ? { ...header, inputs: headers } : header;
    for (const piece of [frameHead(full, bytes), ...pieces]) this.write(piece);
    return (await this.next()).header as Record<string, unknown>;
  }

  get answered(): boolean {
    return this.frames.length > 0;
  }

  async next(): Promise<Frame> {
    while (this.frames.length === 0) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    return this.frames.shift()!;
  }

  async exitCode(): Promise<number | null> {
    const { child } = this;
    if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
    return child.exitCode;
  }

  endInput(): void {
    this.input.end();
  }
}

const load = (id: string) => ({
  op: 'load',
  model: id,
  graphs: new ModelState(manifestOf(id), MODELS).loads(),
});

for (const { name, launch, absent } of HOSTS)
  describe(`models/host process in ${name}`, function () {
    // Real processes on a machine that may be busy.
    this.timeout(240_000);
    before(function () {
      if (absent !== null) skip(this, absent);
    });
    const hosts: RawHost[] = [];
    const start = async (shared: readonly number[] = []): Promise<RawHost> => {
      const host = new RawHost(launch, shared);
      hosts.push(host);
      expect((await host.next()).header).to.include({ op: 'hello', protocol: PROTOCOL });
      return host;
    };
    after(() => {
      for (const { child } of hosts) child.kill('SIGKILL');
    });

    it('answers by id, refuses what it does not understand, and ends with its input', async () => {
      const host = await start();
      const limits = { threads: 1, providers: ['cpu'], slots_max: 4, slot_bytes_max: 1000, nice: 0 };
      expect(await host.ask({ op: 'configure', id: 1, ...limits })).to.deep.equal({ id: 1, ok: true });
      expect(await host.ask({ op: 'ping', id: 2 })).to.deep.equal({ id: 2, ok: true });
      expect(await host.ask({ op: 'dance', id: 3 })).to.include({ id: 3, ok: false, code: 'SAGE_505' });
      expect(await host.ask({ op: 'read', id: 4, slot: 7 })).to.include({ ok: false, code: 'SAGE_511' });
      expect(await host.ask({ ...load('add'), id: 5 })).to.include({ id: 5, ok: true });
      const run = {
        op: 'run',
        id: 6,
        model: 'add',
        graph: 'main',
        slots: [],
        fetch: ['y'],
        keep: [],
        free: [],
      };
      const x = (dims: number[]): OutgoingTensor[] => [
        { name: 'x', dtype: 'float32', dims, bytes: new Uint8Array(16) },
      ];
      expect(await host.ask({ ...run, inputs: [] }, x([1, 4]))).to.include({ id: 6, ok: true });
      expect(await host.ask({ ...run, inputs: [] }, x([2, 2]))).to.include({ ok: false, code: 'SAGE_508' });
      expect(await host.ask({ ...run, inputs: [] })).to.include({ ok: false, code: 'SAGE_508' });
      const beyond = { name: 'x', dtype: 'float32', dims: [1, 4], offset: 8, bytes: 16 };
      expect(await host.ask({ ...run, inputs: [beyond] })).to.include({ ok: false, code: 'SAGE_508' });
      const stats = await host.ask({ op: 'stats', id: 7 });
      expect(stats.stats).to.include({ runs: 1, slots: 0 });
      host.endInput();
      expect(await host.exitCode()).to.equal(0);
    });

    it('ends with a message on stderr on a truncated or invalid frame', async () => {
      const [cut, noise] = await Promise.all([start(), start()]);
      const frame = frameHead({ op: 'ping', id: 1 }, 100);
      cut!.write(frame);
      cut!.endInput();
      noise!.write(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
      expect(await cut!.exitCode()).to.equal(3);
      expect(cut!.said).to.contain('ended inside a frame');
      expect(await noise!.exitCode()).to.equal(3);
      expect(noise!.said).to.contain('does not follow this protocol');
    });

    it('waits for the whole frame before it looks at the shared file, and ends where it never comes', async function () {
      const lane = Lane.open();
      if (lane === null) return skip(this, 'no files in memory on this system');
      const host = await start([lane.descriptor]);
      const limits = { threads: 1, providers: ['cpu'], slots_max: 9, slot_bytes_max: 1e7, nice: 0 };
      await host.ask({ op: 'configure', id: 1, ...limits, lane_bytes: LANE_BYTES });
      expect(await host.ask({ ...load('toy-vision'), id: 2 })).to.include({ ok: true });
      const put = (level: number) => {
        const image = new Uint8Array(640 * 480 * 3).fill(level);
        return putIntoLane(lane.descriptor, 0, LANE_BYTES, [image], image.byteLength)!;
      };
      const head = (id: number, graph: string) => ({
        op: 'run',
        id,
        model: 'toy-vision',
        graph,
        inputs: [{ name: 'image', dtype: 'uint8', dims: [1, 480, 640, 3], offset: 0, bytes: 640 * 480 * 3 }],
        lane: put(0),
        slots: [],
        fetch: ['features'],
        keep: ['features', 'state0'].map((name, i) => ({ name, slot: 2 * id + i })),
        free: [],
        ahead: {
          graph: 'refine',
          slots: ['features', 'state'].map((name, i) => ({ name, slot: 2 * id + i })),
          outputs: ['probs'],
          unless: [],
        },
      });
      // The second time the host knows where the outputs may go, and has the run on another thread.
      for (const [id, graph] of [
        [4, 'encoder'],
        [5, 'encoder'],
        [6, 'no such graph'],
        [7, 'encoder'],
      ] as const) {
        host.write(frameHead(head(id, graph), 1));
        await new Promise((resolve) => setTimeout(resolve, 50));
        if (graph === 'encoder') expect(host.answered, 'before the frame has ended').to.equal(false);
        put(51 * (id - 3));
        host.write(new Uint8Array(1));
        const { ok, lane: place } = (await host.next()).header as { ok: boolean; lane?: LanePlace };
        expect(ok).to.equal(graph === 'encoder');
        if (!place) continue;
        const features = new Float32Array(1);
        takeFromLane(lane.descriptor, { ...place, bytes: 4 }, new Uint8Array(features.buffer));
        expect(features[0]).to.be.closeTo((id - 3) / 5, 1e-6);
        await host.ask({ op: 'free', id: 100 + id, slots: [2 * id, 2 * id + 1] });
      }
      host.write(frameHead(head(8, 'encoder'), 1));
      host.endInput();
      expect(await host.exitCode()).to.equal(3);
      expect(host.said).to.contain('ended inside a frame');
      lane.close();
    });
  });
