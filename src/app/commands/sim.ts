import { SageError } from '../../contracts/errors.js';
import { EXIT } from '../output.js';

const FRAMES_MAX = 100_000;

/**
 * `sage sim --dump-labelled N --out DIR [--seed S]`: labelled frames for scoring a vision model; needs no ROS.
 * Resolves to the exit code. @throws SageError SAGE_901
 */
export async function runSim(argv: readonly string[]): Promise<number> {
  if (argv.includes('--dump-labelled')) {
    const { dumpLabelled } = await import('./dump-labelled.js');
    await dumpLabelled(dumpOptions(argv));
    return EXIT.done;
  }
  throw new SageError('SAGE_901', argv[0] ?? 'sim', 'expected --dump-labelled N --out DIR');
}

function dumpOptions(argv: readonly string[]): { count: number; folder: string; seed: number } {
  const known = new Map([
    ['--dump-labelled', ''],
    ['--out', ''],
    ['--seed', '1'],
  ]);
  for (let i = 0; i < argv.length; i += 2) {
    const value = argv[i + 1];
    if (!known.has(argv[i]!) || value === undefined) {
      throw new SageError('SAGE_901', argv[i]!, 'expected --dump-labelled N --out DIR [--seed S]');
    }
    known.set(argv[i]!, value);
  }
  const count = wholeNumber('--dump-labelled', known.get('--dump-labelled')!, 1, FRAMES_MAX);
  const seed = wholeNumber('--seed', known.get('--seed')!, 0, 4294967295);
  const folder = known.get('--out')!;
  if (folder === '') throw new SageError('SAGE_901', '--out', 'a folder for the frames is missing');
  return { count, folder, seed };
}

function wholeNumber(option: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isInteger(value) || value < min || value > max) {
    throw new SageError('SAGE_901', option, `"${text}" is not a whole number from ${min} to ${max}`);
  }
  return value;
}
