import type { Command } from 'commander';
import { boundedNumber } from './up-options.js';

const MB_MAX = 1e7;
const SECONDS_MAX = 1e7;

export function defineRecord(command: Command): void {
  command
    .option('--out <folder>', 'bag to write; with --black-box, the folder for the boxes')
    .option(
      '--topics <names...>',
      "record only these topics instead of those SAGE uses; '*' matches anything",
      [],
    )
    .option('--all', 'record every topic on the graph except hidden ones')
    .option('--exclude <names...>', "do not record these topics; '*' matches anything", [])
    .option('--seconds <s>', 'stop after <s> seconds', boundedNumber(0.1, SECONDS_MAX))
    .option('--zstd', 'compress: less disk, more CPU')
    .option(
      '--max-file-mb <n>',
      'start a new file at this size (default: 1000, or a quarter of --max-total-mb if less)',
      boundedNumber(1, MB_MAX),
    )
    .option(
      '--max-total-mb <n>',
      'delete the oldest files when the total exceeds this; 0 = never (default: 0)',
      boundedNumber(0, MB_MAX),
    )
    .option(
      '--black-box <s>',
      'keep the last <s> seconds in memory; save them on CRISIS, a fault, SIGUSR1 or a call of /sage_recorder/save',
      boundedNumber(0.1, 3600),
    )
    .option(
      '--after <s>',
      'with --black-box: also save this many seconds afterwards (default: 3)',
      boundedNumber(0, 3600),
    )
    .option(
      '--memory-mb <n>',
      'with --black-box: memory limit; a lower one shortens the history (default: 256)',
      boundedNumber(1, 1e5),
    )
    .option(
      '--boxes <n>',
      'with --black-box: number of boxes to keep; the oldest are deleted (default: 20)',
      boundedNumber(1, 10_000),
    )
    .option('--config <file...>', 'configuration of the node, for its topic names', [])
    .option('--json', 'print one line of JSON with the figures at the end');
}
