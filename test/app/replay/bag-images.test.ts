import { expect } from 'chai';
import { BagImages } from '../../../src/app/replay/bag-images.js';
import { haveOneOrigin } from '../../../src/app/replay/frame-origin.js';
import type { Bag } from '../../../src/replay/bag.js';
import { openBag } from '../../../src/replay/open-bag.js';
import { setStamp } from '../../../src/ros/cdr.js';
import { imagePrefix } from '../../../src/ros/sim-messages.js';
import { msToStamp } from '../../../src/ros/stamps.js';
import { type Made, temporaryFolder, writeMcap } from '../../replay/bags.js';

const START_MS = 1_700_000_000_000;
const EVERY_MS = 40;
const [WIDTH, HEIGHT] = [64, 48];
const HEAD_BYTES = 256;

/** The image of a number: all of its bytes say which. */
function image(index: number): Made {
  const pixels = new Uint8Array(WIDTH * HEIGHT * 3).fill(index);
  const data = Buffer.concat([imagePrefix(WIDTH, HEIGHT, pixels.length), pixels]);
  const time_ms = START_MS + index * EVERY_MS;
  setStamp(data, msToStamp(time_ms));
  return { topic: '/camera/image_raw', type: 'sensor_msgs/msg/Image', time_ms, data };
}

describe('images of a bag', () => {
  const folder = temporaryFolder();
  const path = folder.path('images.mcap');
  before(() =>
    writeMcap(
      path,
      Array.from({ length: 60 }, (_, index) => image(index)),
      { chunkSize: 40_000 },
    ),
  );
  after(() => folder.remove());

  it('gives the newest up to a time, forwards and back, and what it gave stays as it was', async () => {
    const bag = await openBag(path, { verify: false });
    try {
      const images = openImages(bag);
      const newest = async (after_ms: number) => images.newest(START_MS + after_ms);
      expect(await newest(-1)).to.equal(null);
      const found: { readonly index: number; readonly data: Uint8Array }[] = [];
      // Between two images, at one, far ahead, back again to before all of those, and on.
      const asked = [
        [50, 1],
        [80, 2],
        [85, 2],
        [1999, 49],
        [410, 10],
        [400, 10],
        [2359, 58],
        [9999, 59],
        [0, 0],
      ];
      for (const [after_ms, index] of asked as [number, number][]) {
        const frame = await newest(after_ms);
        expect(frame?.stamp_ms, `${after_ms} ms`).to.equal(START_MS + index * EVERY_MS);
        found.push({ index, data: frame!.frame.data });
      }
      for (const { index, data } of found) {
        expect(data).to.have.length(WIDTH * HEIGHT * 3);
        expect(data.every((byte) => byte === index)).to.equal(true);
      }
    } finally {
      bag.close();
    }
  });

  it('uses memory of images that are done with again, and says which are of one message', async () => {
    const bag = await openBag(path, { verify: false });
    try {
      const [images, others] = [openImages(bag), openImages(bag)];
      const first = (await images.newest(START_MS))!.frame;
      const { buffer } = first.data;
      const second = (await images.newest(START_MS + EVERY_MS))!.frame;
      expect(second.data.buffer).not.to.equal(buffer);
      const { byteLength } = buffer;
      images.done(first);
      images.done(first);
      expect(first.data).to.have.length(0);
      const third = (await images.newest(START_MS + 2 * EVERY_MS))!.frame;
      expect(third.data.buffer.byteLength).to.equal(byteLength);
      expect([...new Set(second.data), ...new Set(third.data)]).to.deep.equal([1, 2]);
      const again = (await others.newest(START_MS + EVERY_MS))!.frame;
      expect([haveOneOrigin(again, second), haveOneOrigin(again, third)]).to.deep.equal([true, false]);
    } finally {
      bag.close();
    }
  });

  it('finds what it gave by the place of its message, until that is done with', async () => {
    const bag = await openBag(path, { verify: false });
    try {
      const images = openImages(bag);
      // As a replay reads them: their heads alone, with the place where the rest is.
      const lasting = { topics: new Set(['/camera/image_raw']), messages: 1, head_bytes: HEAD_BYTES };
      const places = [...bag.read({ lasting })].map(({ place }) => place);
      const frames = [];
      for (let index = 0; index < 6; index++)
        frames.push((await images.newest(START_MS + index * EVERY_MS))!.frame);
      expect(images.held(places[5])).to.equal(frames[5]);
      expect(images.held(places[4])).to.equal(frames[4]);
      expect(images.held(places[6])).to.equal(null);
      expect(images.held(undefined)).to.equal(null);
      // No more than can be under way at once.
      expect(images.held(places[0])).to.equal(null);
      images.done(frames[5]!);
      expect(images.held(places[5])).to.equal(null);
    } finally {
      bag.close();
    }
  });
});

function openImages(bag: Bag): BagImages {
  const [topic] = bag.topics;
  return new BagImages(bag, { topic: topic!, raw: true });
}
