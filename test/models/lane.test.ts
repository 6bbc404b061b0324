import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { expect } from 'chai';
import type { SageError } from '../../src/contracts/errors.js';
import { isSlot, type Slot, type Tensor } from '../../src/contracts/inference.js';
import { HostConnection } from '../../src/models/connection.js';
import { createModelHost } from '../../src/models/index.js';
import { LANE_BYTES, Lane, lanePart, putIntoLane, takeFromLane } from '../../src/models/lane.js';
import { skip } from '../skip.js';
import { codeOf, HOSTS, hostParameters, manifestOf } from './fixtures.js';

const SIZE = 480 * 640 * 3;

/** A frame that differs from place to place and from seed to seed. */
const frame = (seed: number): Tensor => ({
  type: 'uint8',
  dims: [1, 480, 640, 3],
  data: new Uint8Array(SIZE).map((_, i) => (i * 31 + seed * 7) % 251),
});

/** Mean of the first channel over the first 4 × 4 pixels, 0..1: the first of toy-vision's features. */
function firstFeature({ data }: Tensor): number {
  let sum = 0;
  for (let y = 0; y < 4; y++) for (let x = 0; x < 4; x++) sum += Number(data[(y * 640 + x) * 3]);
  return sum / 16 / 255;
}

/** A host that says its answer lies where the shared file has nothing. */
const BEYOND = `
  const say = (header) => {
    const text = JSON.stringify(header);
    const head = Buffer.alloc(8);
    head.writeUInt32LE(Buffer.byteLength(text), 0);
    process.stdout.write(Buffer.concat([head, Buffer.from(text)]));
  };
  say({ op: 'hello', protocol: 1, runtime: 'none', providers: [], lane: true });
  process.stdin.on('data', () => say({ id: 1, ok: true, lane: { offset: ${5 * LANE_BYTES}, bytes: 16 } }));
`;

describe('models/lane', () => {
  it('rejects requests that wait for a missing body, and ends the host', async function () {
    this.timeout(240_000);
    const gone: SageError[] = [];
    const host = new HostConnection(
      { command: process.execPath, args: ['-e', BEYOND] },
      { onLine: () => undefined, onGone: (fault) => gone.push(fault) },
    );
    await host.hello;
    expect(await codeOf(host.request({ op: 'ping' }))).to.equal('SAGE_504');
    expect(gone.map(({ detail }) => detail)).to.have.length(1);
    expect(gone[0]!.detail).to.match(/ends 16 bytes before a body does|there is none/);
  });

  it('leaves nothing open where the file cannot have its size, and the stream is used', function () {
    const probe = Lane.open();
    if (probe === null) return skip(this, 'no files in memory on this system');
    probe.close();
    const descriptors = (): string[] => fs.readdirSync('/proc/self/fd');
    const before = descriptors();
    const { ftruncateSync } = fs;
    fs.ftruncateSync = () => {
      throw new Error('EFBIG: file too large');
    };
    syncBuiltinESMExports();
    try {
      expect(Lane.open()).to.equal(null);
      expect(descriptors()).to.have.length(before.length);
    } finally {
      fs.ftruncateSync = ftruncateSync;
      syncBuiltinESMExports();
    }
  });

  it('carries bodies by parts that do not touch each other, and leaves what does not fit to the stream', function () {
    const lane = Lane.open();
    if (lane === null) return skip(this, 'no files in memory on this system');
    const { descriptor } = lane;
    const body = (seed: number): Uint8Array => new Uint8Array(5000).map((_, i) => (i * seed) % 253);
    const put = (part: number, bytes: Uint8Array) =>
      putIntoLane(descriptor, part, LANE_BYTES, [bytes.subarray(0, 8), bytes.subarray(8)], bytes.byteLength);
    const parts = [
      lanePart('request', 4),
      lanePart('request', 5),
      lanePart('answer', 4),
      lanePart('answer', 5),
    ];
    expect(new Set(parts)).to.have.property('size', 4);
    const places = parts.map((part) => put(part, body(part + 2))!);
    for (const [i, place] of places.entries()) {
      const back = new Uint8Array(place.bytes);
      takeFromLane(descriptor, place, back);
      expect([...back]).to.deep.equal([...body(parts[i]! + 2)]);
    }
    expect(put(0, new Uint8Array(16)), 'small').to.equal(null);
    expect(put(0, new Uint8Array(LANE_BYTES + 1)), 'large').to.equal(null);
    const end = { offset: 4 * LANE_BYTES - 8, bytes: 16 };
    expect(() => takeFromLane(descriptor, end, new Uint8Array(16))).to.throw('ends 8 bytes before');
    lane.close();
  });

  it('continues where the system took only a part, and gives up where it takes none', function () {
    const lane = Lane.open();
    if (lane === null) return skip(this, 'no files in memory on this system');
    const { descriptor } = lane;
    const { writevSync } = fs;
    const bytes = new Uint8Array(5000).map((_, i) => (i * 7) % 253);
    const pieces = [bytes.subarray(0, 2000), bytes.subarray(2000, 2000), bytes.subarray(2000)];
    const put = () => putIntoLane(descriptor, 1, LANE_BYTES, pieces, 5000);
    try {
      fs.writevSync = (to, parts, at) =>
        fs.writeSync(to, Buffer.concat(parts as Uint8Array[]).subarray(0, 1500), 0, undefined, at);
      syncBuiltinESMExports();
      const back = new Uint8Array(5000);
      takeFromLane(descriptor, put()!, back);
      expect([...back]).to.deep.equal([...bytes]);
      fs.writevSync = () => {
        throw Object.assign(new Error('no memory'), { code: 'ENOSPC' });
      };
      syncBuiltinESMExports();
      expect(put()).to.equal(null);
    } finally {
      fs.writevSync = writevSync;
      syncBuiltinESMExports();
      lane.close();
    }
  });

  for (const { name, launch, absent } of HOSTS)
    it(`brings frames there and masks back whole, also while later ones are under way, host in ${name}`, async function () {
      this.timeout(240_000);
      if (absent !== null) return skip(this, absent);
      const host = createModelHost({
        parameters: hostParameters(),
        manifests: [manifestOf('toy-vision')],
        launch,
      });
      try {
        const images = [frame(1), frame(2), frame(3)];
        const runs = images.map((image) =>
          host.run({
            model: 'toy-vision',
            graph: 'encoder',
            inputs: { image },
            fetch: ['features'],
            keep: ['features'],
          }),
        );
        const outputs = await Promise.all(runs);
        for (const [i, { tensors, slots }] of outputs.entries()) {
          const slot = slots.features!;
          expect(isSlot(slot)).to.equal(true);
          expect(tensors.features!.data[0]).to.be.closeTo(firstFeature(images[i]!), 1e-6);
          expect((await host.read(slot)).data).to.deep.equal(tensors.features!.data);
        }
        host.free(outputs.map(({ slots }) => slots.features!));
        expect(await host.stats()).to.include({ slots: 0, slot_bytes: 0 });
      } finally {
        await host.close();
      }
    });

  for (const { name, launch, absent } of HOSTS)
    it(`gives the masks of every step whole, a step ahead or not and whatever is asked between, host in ${name}`, async function () {
      this.timeout(240_000);
      if (absent !== null) return skip(this, absent);
      const model = 'toy-vision';
      const outputs = ['probs', 'energy', 'confidence', 'next_state'];
      const host = createModelHost({ parameters: hostParameters(), manifests: [manifestOf(model)], launch });
      const refine = async (
        image: Tensor,
        step_ahead: boolean,
        between: (state: Slot) => Promise<unknown>,
      ) => {
        const keep = ['features', 'state0'];
        const first = await host.run({ model, graph: 'encoder', inputs: { image }, fetch: [], keep });
        const features = first.slots.features!;
        let state = first.slots.state0!;
        const masks: Tensor[] = [];
        for (let k = 0; k < 4; k++) {
          const ahead = { graph: 'refine', inputs: { features, state: 'next_state' }, outputs };
          const step = await host.run({
            model,
            graph: 'refine',
            inputs: { features, state },
            fetch: outputs.slice(0, 3),
            keep: ['next_state'],
            free: [state],
            ...(step_ahead ? { ahead } : {}),
          });
          state = step.slots.next_state!;
          masks.push(step.tensors.probs!);
          await between(state);
        }
        const last = await host.read(state);
        host.free([features, state]);
        return [...masks, last].map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength));
      };
      try {
        const plain = await refine(frame(4), false, async () => undefined);
        expect(new Set(plain.map((bytes) => bytes.toString('base64'))).size, 'steps differ').to.equal(5);
        // What waits in the shared file for the request to come must survive answers that go through it, too.
        const betweens = [
          async () => undefined,
          (state: Slot) => host.read(state),
          () => host.run({ model, graph: 'encoder', inputs: { image: frame(5) }, fetch: ['features'] }),
          () => refine(frame(6), true, async () => undefined),
        ];
        for (const [i, between] of betweens.entries()) {
          for (const step_ahead of [false, true]) {
            const again = await refine(frame(4), step_ahead, between);
            for (const [k, bytes] of again.entries()) {
              expect(bytes.equals(plain[k]!), `between ${i}, ahead ${step_ahead}, step ${k}`).to.equal(true);
            }
          }
        }
        expect(await host.stats()).to.include({ slots: 0, slot_bytes: 0 });
      } finally {
        await host.close();
      }
    });
});
