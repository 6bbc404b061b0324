import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { expect } from 'chai';
import { type Frame, FrameReader } from '../../src/models/frame-reader.js';
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

  constructor({ command, args }: HostLaunch) {
    this.child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
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
    this.timeout(60_000);
    before(function () {
      if (absent !== null) skip(this, absent);
    });
    const hosts: RawHost[] = [];
    const start = async (): Promise<RawHost> => {
      const host = new RawHost(launch);
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

    it('ends with a word on stderr when a frame is cut off or is none', async () => {
      const [cut, noise] = await Promise.all([start(), start()]);
      const frame = frameHead({ op: 'ping', id: 1 }, 100);
      cut!.write(frame);
      cut!.endInput();
      noise!.write(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
      expect(await cut!.exitCode()).to.equal(3);
      expect(cut!.said).to.contain('ended inside a frame');
      expect(await noise!.exitCode()).to.equal(3);
      expect(noise!.said).to.contain('not of this protocol');
    });
  });
