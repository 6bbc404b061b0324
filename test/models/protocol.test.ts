import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { type Frame, FrameReader } from '../../src/models/frame-reader.js';
import { externalFilesOf } from '../../src/models/host/onnx-scan.js';
import { LatencyHistogram } from '../../src/models/latency.js';
import {
  ALIGNMENT,
  BODY_BYTES_MAX,
  frameHead,
  layOut,
  sliceOf,
  tensorHeaderSchema,
} from '../../src/models/protocol.js';
import { allFinite, viewAs } from '../../src/models/tensors.js';
import { MODELS } from './fixtures.js';

/** Feeds a stream to a reader in chunks of the given sizes, the rest at once. */
function readIn(stream: Buffer, sizes: readonly number[]): { frames: Frame[]; reader: FrameReader } {
  const frames: Frame[] = [];
  const reader = new FrameReader((frame) => frames.push(frame));
  let at = 0;
  for (const size of [...sizes, stream.byteLength]) {
    reader.push(stream.subarray(at, Math.min(at + size, stream.byteLength)));
    at += size;
    if (at >= stream.byteLength) break;
  }
  return { frames, reader };
}

function frameOf(header: unknown, bodies: readonly Uint8Array[]): Buffer {
  const tensors = bodies.map((bytes, i) => ({
    name: `t${i}`,
    dtype: 'uint8' as const,
    dims: [bytes.byteLength],
    bytes,
  }));
  const { headers, pieces, bytes } = layOut(tensors);
  return Buffer.concat([frameHead({ header, tensors: headers }, bytes), ...pieces]);
}

describe('models/protocol', () => {
  it('gives back every frame whole, however the stream is cut', () => {
    const body = fc.uint8Array({ maxLength: 40 });
    const frame = fc.tuple(fc.jsonValue(), fc.array(body, { maxLength: 3 }));
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 4 }), fc.array(fc.nat(17)), (list, sizes) => {
        const stream = Buffer.concat(list.map(([header, bodies]) => frameOf(header, bodies)));
        const { frames, reader } = readIn(stream, sizes);
        expect(reader.atBoundary).to.equal(true);
        expect(frames).to.have.length(list.length);
        for (const [i, { header, body }] of frames.entries()) {
          const told = header as { header: unknown; tensors: unknown[] };
          expect(told.header).to.deep.equal(JSON.parse(JSON.stringify(list[i]![0])));
          for (const [j, tensor] of told.tensors.entries()) {
            const parsed = tensorHeaderSchema.parse(tensor);
            expect(parsed.offset % ALIGNMENT).to.equal(0);
            expect([...sliceOf(parsed, body)]).to.deep.equal([...list[i]![1][j]!]);
          }
        }
      }),
    );
  });

  it('knows that a stream ended inside a frame', () => {
    const stream = frameOf('x', [Uint8Array.of(1, 2, 3)]);
    for (let length = 1; length < stream.byteLength; length++) {
      const { frames, reader } = readIn(stream.subarray(0, length), []);
      expect(frames).to.have.length(0);
      expect(reader.atBoundary).to.equal(false);
    }
  });

  it('refuses lengths beyond the limits before it allocates them, and what is not JSON', () => {
    const prefix = (header_bytes: number, body_bytes: number) => {
      const bytes = Buffer.alloc(8);
      bytes.writeUInt32LE(header_bytes, 0);
      bytes.writeUInt32LE(body_bytes, 4);
      return bytes;
    };
    const push = (bytes: Buffer) => () => new FrameReader(() => undefined).push(bytes);
    expect(push(prefix(0xffffffff, 0))).to.throw('does not follow this protocol');
    expect(push(prefix(10, BODY_BYTES_MAX + 1))).to.throw('does not follow this protocol');
    expect(push(prefix(0, 0))).to.throw('does not follow this protocol');
    expect(push(Buffer.from('HTTP/1.1 200 OK\r\n'))).to.throw('does not follow this protocol');
    expect(push(Buffer.concat([prefix(3, 0), Buffer.from('{x}')]))).to.throw();
  });

  it('refuses tensors whose bytes, dims and body do not agree', () => {
    const tensor = { name: 'x', dtype: 'float32' as const, dims: [2, 2], offset: 0, bytes: 16 };
    expect(tensorHeaderSchema.safeParse(tensor).success).to.equal(true);
    expect(tensorHeaderSchema.safeParse({ ...tensor, bytes: 15 }).success).to.equal(false);
    expect(tensorHeaderSchema.safeParse({ ...tensor, dims: [-2, -2] }).success).to.equal(false);
    expect(tensorHeaderSchema.safeParse({ ...tensor, offset: 4 }).success).to.equal(false);
    expect(() => sliceOf(tensor, new Uint8Array(15))).to.throw('ends at byte 16');
  });

  it('sees raw bytes as typed elements, wherever they begin', () => {
    const bytes = new Uint8Array(Float32Array.of(1.5, -2).buffer);
    const shifted = new Uint8Array(9);
    shifted.set(bytes, 1);
    expect([...(viewAs('float32', bytes) as Float32Array)]).to.deep.equal([1.5, -2]);
    expect([...(viewAs('float32', shifted.subarray(1)) as Float32Array)]).to.deep.equal([1.5, -2]);
    expect(viewAs('float32', bytes).buffer, 'aligned bytes are not copied').to.equal(bytes.buffer);
    expect(viewAs('int64', new Uint8Array(16))).to.have.length(2);
  });

  it('finds the one element that is not finite', () => {
    fc.assert(
      fc.property(fc.array(fc.float({ noNaN: true, noDefaultInfinity: true })), fc.nat(), (values, at) => {
        const data = Float32Array.from(values);
        expect(allFinite('float32', data)).to.equal(true);
        if (data.length === 0) return;
        for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
          const spoilt = Float32Array.from(data);
          spoilt[at % data.length] = bad;
          expect(allFinite('float32', spoilt)).to.equal(false);
        }
      }),
    );
    expect(allFinite('float16', Uint16Array.of(0x7bff, 0xfbff))).to.equal(true);
    expect(allFinite('float16', Uint16Array.of(0, 0x7c00))).to.equal(false);
    expect(allFinite('uint8', Uint8Array.of(255))).to.equal(true);
  });

  it('keeps latencies within a tenth of the exact quantile', () => {
    const durations = fc.array(fc.double({ min: 0.06, max: 1e4, noNaN: true }), { minLength: 1 });
    fc.assert(
      fc.property(durations, fc.constantFrom(0.5, 0.95, 0.99), (list, share) => {
        const histogram = new LatencyHistogram();
        for (const duration of list) histogram.add(duration);
        const sorted = [...list].sort((a, b) => a - b);
        const exact = sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1]!;
        const found = histogram.quantile_ms(share)!;
        expect(found).to.be.within(exact * 0.9999, exact * 2 ** 0.25 * 1.0001);
        expect(histogram.summary().max_ms).to.equal(sorted.at(-1));
        const counted = histogram.buckets().reduce((sum, { count }) => sum + count, 0);
        expect(counted).to.equal(list.length);
      }),
    );
    expect(new LatencyHistogram().summary()).to.deep.include({ count: 0, p50_ms: null, mean_ms: null });
  });

  it('finds data outside of an ONNX file, and does not stumble over a cut one', () => {
    const read = (path: string) => readFileSync(join(MODELS, path));
    expect(externalFilesOf(read('external/main.onnx'), 'main.onnx')).to.deep.equal(['../../../secret.bin']);
    for (const path of ['add/main.onnx', 'slow/main.onnx', 'toy-vision/refine.onnx']) {
      const whole = read(path);
      expect(externalFilesOf(whole, path)).to.deep.equal([]);
      for (let length = 0; length < whole.byteLength; length++) {
        try {
          expect(externalFilesOf(whole.subarray(0, length), path)).to.deep.equal([]);
        } catch (thrown) {
          expect(String(thrown)).to.match(/SAGE_510.*not a (valid|usable) ONNX file/s);
        }
      }
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          externalFilesOf(bytes, 'any');
        } catch (thrown) {
          expect(String(thrown)).to.match(/SAGE_510.*not a (valid|usable) ONNX file/s);
        }
      }),
    );
  });
});
