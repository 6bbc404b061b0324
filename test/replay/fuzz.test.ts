import { readFileSync, writeFileSync } from 'node:fs';
import zstd from '@foxglove/wasm-zstd';
import { expect } from 'chai';
import { SageError } from '../../src/contracts/errors.js';
import { seededRandom } from '../../src/contracts/ports.js';
import { readAll, said, temporaryFolder, texts, writeMcap, writeSqlite } from './bags.js';

const MUTATIONS = 250;

/** What lengths, counts and places become. */
const NUMBERS = [0, 1, 0x7fffffff, 0x40000000, 0xffffffff];

/** One way to damage a file: bytes changed, cut off, left out, doubled or zeroed, or a number that cannot be. */
function damage(bytes: Buffer, random: () => number): Buffer {
  const at = Math.floor(random() * bytes.length);
  const length = 1 + Math.floor(random() * 64);
  switch (Math.floor(random() * 6)) {
    case 0:
      return Buffer.from(
        bytes.map((byte, index) => (index === at ? byte ^ (1 + Math.floor(random() * 255)) : byte)),
      );
    case 1:
      return bytes.subarray(0, at);
    case 2:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
    case 3:
      return Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)]);
    case 4: {
      // Near the end of an MCAP file stands its index.
      const place =
        random() < 0.5 ? at : bytes.length - 4 - Math.floor(random() * Math.min(2000, bytes.length - 4));
      const copy = Buffer.from(bytes);
      copy.writeUInt32LE(NUMBERS[Math.floor(random() * NUMBERS.length)]!, Math.min(place, bytes.length - 4));
      return copy;
    }
    default:
      return Buffer.from(bytes).fill(0, at, Math.min(bytes.length, at + length));
  }
}

describe('bags that are damaged at random', function () {
  this.timeout(240_000);
  const folder = temporaryFolder();
  const made = texts(120);
  after(() => folder.remove());

  const formats: Readonly<Record<string, (path: string) => void | Promise<void>>> = {
    'plain.mcap': (path) => writeMcap(path, made),
    'packed.mcap': (path) =>
      writeMcap(path, made, {
        compressChunk: (data) => ({
          compression: 'zstd',
          compressedData: new Uint8Array(zstd.compress(data, 1)),
        }),
      }),
    'open.mcap': (path) => writeMcap(path, made, { useChunks: false }),
    'old.db3': (path) => writeSqlite(path, made),
  };

  for (const [name, write] of Object.entries(formats)) {
    it(`are read, or refused with a code: ${name}`, async () => {
      await zstd.isLoaded;
      await write(folder.path(name));
      const bytes = readFileSync(folder.path(name));
      const good = new Set(said((await readAll(folder.path(name))).messages));
      const random = seededRandom(20261121);
      let refused = 0;
      let saved = 0;
      for (let round = 0; round < MUTATIONS; round++) {
        writeFileSync(
          folder.path(`bad-${name}`),
          damage(bytes, () => random.next()),
        );
        try {
          await readAll(folder.path(`bad-${name}`));
        } catch (thrown) {
          expect(thrown, `round ${round}`).to.be.instanceOf(SageError);
          expect((thrown as SageError).code, `round ${round}`).to.match(/^SAGE_(902|100\d)$/);
          refused += 1;
          saved += await rescued(folder.path(`bad-${name}`), round);
        }
      }
      expect(good.size).to.equal(made.length);
      expect(refused).to.be.greaterThan(MUTATIONS / 4);
      expect(saved).to.be.greaterThan(0);
    });
  }
});

/** Messages that best effort gets out of a bag that was refused; it refuses only what cannot be opened at all. */
async function rescued(path: string, round: number): Promise<number> {
  try {
    const { messages, faults } = await readAll(path, true);
    expect(faults, `round ${round}: best effort says what it left out`).to.not.deep.equal([]);
    return messages.length;
  } catch (thrown) {
    expect((thrown as SageError).code, `round ${round}, best effort`).to.match(/^SAGE_100(1|2|3)$/);
    return 0;
  }
}
