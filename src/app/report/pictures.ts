import { isFault, SageError } from '../../contracts/errors.js';
import type { LogHeader } from '../../contracts/log.js';
import type { CameraFrame } from '../../contracts/observation.js';
import type { Bag } from '../../replay/bag.js';
import { openBag } from '../../replay/open-bag.js';
import { BagImages, imageTopicOf } from '../replay/bag-images.js';
import { chooseTopics, type TopicChoice } from '../replay/topic-choice.js';

/** Pictures in one report, and how wide: some 10 kB each. */
const PICTURES_MAX = 200;
const WIDTH_PX = 320;
const QUALITY = 70;

/**
 * The camera frames with the given stamps (ms) as JPEG data URLs, by the stamp as text, out of the bag that the run was
 * made from. Of too many, every second one, third one, … @throws SageError of the bag, SAGE_1009 without images in it
 */
export async function picturesOf(
  bag_path: string,
  stamps: readonly string[],
  topics: LogHeader['topics'],
): Promise<Readonly<Record<string, string>>> {
  const bag = await openBag(bag_path, { best_effort: true, onFault: () => {} });
  try {
    const unlike = [...new Set(stamps)];
    const stride = Math.ceil(unlike.length / PICTURES_MAX);
    const wanted = unlike
      .filter((_, index) => index % stride === 0)
      .map((key) => ({ key, stamp_ms: Number(key) }))
      .sort((a, b) => a.stamp_ms - b.stamp_ms);
    const topic = imageTopicOf((name) => imagesBehind(bag, topics).get(name));
    if (topic === null) throw new SageError('SAGE_1009', bag.name, 'it has none of the images this run used');
    return await collect(new BagImages(bag, topic), wanted);
  } finally {
    bag.close();
  }
}

/** By the names of the log; a bag that has none of those is heard as a replay would hear it. */
function imagesBehind(bag: Bag, topics: LogHeader['topics']): TopicChoice['chosen'] {
  const named = Object.fromEntries(topics.map(({ name, topic }) => [name, topic]));
  return chooseTopics(bag, { topics: named, remap: new Map(), only: null, complain: () => {} }).chosen;
}

async function collect(
  images: BagImages,
  wanted: readonly { readonly key: string; readonly stamp_ms: number }[],
): Promise<Record<string, string>> {
  const pictures: Record<string, string> = {};
  for (const { key, stamp_ms } of wanted) {
    const found = images.find(stamp_ms);
    if (found === null) continue;
    const frame = await images.frameOf(found);
    if (!isFault(frame)) pictures[key] = await jpegOf(frame);
  }
  return pictures;
}

async function jpegOf(frame: CameraFrame): Promise<string> {
  const sharp = (await import('sharp')).default;
  const { width, height, encoding } = frame;
  const channels = encoding === 'mono8' ? 1 : encoding.endsWith('a8') ? 4 : 3;
  const pixels = packed(frame, channels);
  if (encoding.startsWith('bgr')) swapRedAndBlue(pixels, channels);
  const data = await sharp(pixels, { raw: { width, height, channels } })
    .resize({ width: WIDTH_PX, withoutEnlargement: true })
    .flatten()
    .jpeg({ quality: QUALITY })
    .toBuffer();
  return `data:image/jpeg;base64,${data.toString('base64')}`;
}

/** Rows without what stands between them, in memory of its own. */
function packed({ data, width, height, step }: CameraFrame, channels: number): Uint8Array {
  const row = width * channels;
  const pixels = new Uint8Array(row * height);
  for (let y = 0; y < height; y++) pixels.set(data.subarray(y * step, y * step + row), y * row);
  return pixels;
}

function swapRedAndBlue(pixels: Uint8Array, channels: number): void {
  for (let at = 0; at < pixels.length; at += channels) {
    const red = pixels[at]!;
    pixels[at] = pixels[at + 2]!;
    pixels[at + 2] = red;
  }
}
