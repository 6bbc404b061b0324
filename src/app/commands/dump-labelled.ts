import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { makeFolder } from '../../replay/output-folder.js';
import { labelledFrame } from '../../sim/labelled.js';
import { printJson } from '../output.js';

export interface DumpOptions {
  readonly count: number;
  readonly folder: string;
  readonly seed: number;
}

/**
 * Writes labelled frames of the tabletop world: NNNNN.png (rgb), NNNNN.labels.png (one byte per pixel: 0 background,
 * 1 robot, 2 block, 3 hand), NNNNN.instances.png (0 background, 1 robot, 2 hand, 16 + block id), and a line of
 * index.jsonl with the camera and the true blocks.
 */
export async function dumpLabelled({ count, folder, seed }: DumpOptions): Promise<void> {
  makeFolder(folder);
  const lines: string[] = [];
  for (let index = 0; index < count; index++) {
    const { frame, world, truth } = labelledFrame(seed, index);
    const name = String(index).padStart(5, '0');
    const { width, height } = frame;
    const grey = (data: Uint8Array) => sharp(data, { raw: { width, height, channels: 1 } });
    await Promise.all([
      sharp(frame.data, { raw: { width, height, channels: 3 } })
        .png({ compressionLevel: 3 })
        .toFile(join(folder, `${name}.png`)),
      grey(frame.labels!.classes)
        .toColourspace('b-w')
        .png()
        .toFile(join(folder, `${name}.labels.png`)),
      grey(frame.labels!.instances)
        .toColourspace('b-w')
        .png()
        .toFile(join(folder, `${name}.instances.png`)),
    ]);
    lines.push(
      JSON.stringify({
        name,
        world_seed: truth.seed,
        camera: world.camera,
        camera_pose: world.cameraPose,
        table_style: world.look.table.style,
        hand_present: truth.hand_present,
        blocks: truth.blocks,
      }),
    );
  }
  await writeFile(join(folder, 'index.jsonl'), `${lines.join('\n')}\n`);
  printJson({ frames: count, folder, seed });
}
