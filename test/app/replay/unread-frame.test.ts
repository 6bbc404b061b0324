import { expect } from 'chai';
import { UnreadFrames } from '../../../src/app/replay/unread-frame.js';
import { isFault } from '../../../src/contracts/errors.js';
import type { CameraFrame, CameraReading } from '../../../src/contracts/observation.js';
import type { BagMessage } from '../../../src/replay/bag.js';
import { openBag } from '../../../src/replay/open-bag.js';
import { embedFrame } from '../../../src/ros/camera/embedding.js';
import { checkImage } from '../../../src/ros/camera/image-check.js';
import { setStamp } from '../../../src/ros/cdr.js';
import { readImage } from '../../../src/ros/cdr-reader.js';
import { imagePrefix } from '../../../src/ros/sim-messages.js';
import { msToStamp } from '../../../src/ros/stamps.js';
import { type Made, temporaryFolder, writeMcap } from '../../replay/bags.js';

const START_MS = 1_700_000_000_000;
const [WIDTH, HEIGHT] = [64, 50];
const GRID = { rows: 12, columns: 16, channels: 3 };
const HEAD_BYTES = 256;

const pixelsOf = (index: number): Uint8Array =>
  new Uint8Array(WIDTH * HEIGHT * 3).map((_, at) => (at * 7 + index * 31 + (at >> 8)) % 256);

function image(index: number): Made {
  const pixels = pixelsOf(index);
  const data = Buffer.concat([imagePrefix(WIDTH, HEIGHT, pixels.length), pixels]);
  const time_ms = START_MS + index * 40;
  setStamp(data, msToStamp(time_ms));
  return { topic: '/camera/image_raw', type: 'sensor_msgs/msg/Image', time_ms, data };
}

/** The reading that the camera's block makes of an image; its own embedding is not to be asked for. */
function readingOf({ data, time_ms }: BagMessage): CameraReading {
  const frame = checkImage(readImage(data), '/camera/image_raw');
  if (isFault(frame)) throw new Error(frame.text);
  return {
    kind: 'camera',
    source: 'camera',
    stamp_ms: time_ms,
    received_ms: time_ms,
    frame,
    grid: GRID,
    get embedding(): Float32Array {
      throw new Error('it is made of pixels that are not read yet');
    },
  };
}

describe('frames of a bag that are not decoded yet', () => {
  const folder = temporaryFolder();
  after(() => folder.remove());

  async function eachOf(name: string, use: (message: BagMessage, index: number) => void): Promise<void> {
    const path = folder.path(name);
    const images = Array.from({ length: 12 }, (_, index) => image(index));
    await writeMcap(path, images, { chunkSize: 40_000 });
    const bag = await openBag(path, { verify: false });
    try {
      const topics = new Set(['/camera/image_raw']);
      let index = 0;
      for (const message of bag.read({ lasting: { topics, messages: 4, head_bytes: HEAD_BYTES } })) {
        use(message, index);
        index += 1;
      }
      expect(index).to.equal(images.length);
    } finally {
      bag.close();
    }
  }

  it('have the embedding of all of their pixels, which are read when a plugin looks at them', async () => {
    const frames = new UnreadFrames();
    await eachOf('unread.mcap', (message, index) => {
      const completed: number[] = [];
      const watched: BagMessage = {
        ...message,
        complete: () => {
          completed.push(index);
          return message.complete?.() === true;
        },
      };
      const reading = frames.readingOf(readingOf(message), watched);
      expect(reading).not.to.equal(null);
      const { frame, embedding } = reading!;
      const whole: CameraFrame = { ...readingOf(message).frame, data: pixelsOf(index) };
      expect(embedding).to.deep.equal(embedFrame(whole, GRID.rows, GRID.columns));
      expect(completed).to.deep.equal([]);
      expect(Buffer.compare(frame.data, pixelsOf(index))).to.equal(0);
      expect(Buffer.compare(frame.data, pixelsOf(index))).to.equal(0);
      expect(completed).to.deep.equal([index]);
    });
  });

  it('are read at once where rows cannot be read by themselves, or not all of them', async () => {
    const frames = new UnreadFrames();
    await eachOf('whole.mcap', (message) => {
      const { peek: _peek, ...without } = message;
      expect(frames.readingOf(readingOf(message), without)).to.equal(null);
      let left = 3;
      const cut: BagMessage = { ...message, peek: () => left-- > 0 };
      expect(frames.readingOf(readingOf(message), cut)).to.equal(null);
      const converted = { ...readingOf(message).frame, data: pixelsOf(0) };
      const reading = { ...readingWithout(message), frame: converted };
      expect(frames.readingOf(reading, message)).to.equal(null);
    });
  });

  it('are not read again when their pixels are already in memory', async () => {
    await eachOf('known.mcap', (message, index) => {
      const whole: CameraFrame = { ...readingOf(message).frame, data: pixelsOf(index) };
      const frames = new UnreadFrames((place) => (place?.at === message.place?.at ? whole : null));
      const unpeeked: BagMessage = {
        ...message,
        peek: () => {
          throw new Error('its pixels are known');
        },
      };
      const reading = frames.readingOf(readingOf(message), unpeeked);
      expect(reading!.embedding).to.deep.equal(embedFrame(whole, GRID.rows, GRID.columns));
    });
  });

  it('have no bytes where they were held for longer than they last', async () => {
    const frames = new UnreadFrames();
    const held: CameraFrame[] = [];
    await eachOf('held.mcap', (message) => {
      const reading = frames.readingOf(readingOf(message), message);
      held.push(reading!.frame);
    });
    expect(held[0]!.data).to.have.length(0);
  });
});

function readingWithout(message: BagMessage): Omit<CameraReading, 'frame'> {
  const { kind, source, stamp_ms, received_ms, grid } = readingOf(message);
  return { kind, source, stamp_ms, received_ms, grid, embedding: new Float32Array(0) };
}
