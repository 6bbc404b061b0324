import type { Command } from 'commander';
import { boundedNumber } from './up-options.js';

const MB_MAX = 1e7;
const SECONDS_MAX = 1e7;

export function defineRecord(command: Command): void {
  command
    .option('--out <folder>', 'the bag; with --black-box the folder for the boxes')
    .option('--topics <names...>', 'record these, instead of what SAGE reads and writes', [])
    .option('--all', 'record every topic of the graph')
    .option('--seconds <s>', 'end after this time', boundedNumber(0.1, SECONDS_MAX))
    .option('--zstd', 'compress; takes more of the processor and less of the disk')
    .option('--max-file-mb <n>', 'begin a new file beyond this size', boundedNumber(1, MB_MAX), 1000)
    .option(
      '--max-total-mb <n>',
      'remove the oldest files when all are larger; 0 = never',
      boundedNumber(0, MB_MAX),
      0,
    )
    .option(
      '--black-box <s>',
      'keep the last seconds in memory; save them on CRISIS, on a fault, on SIGUSR1 and on the service ~/save',
      boundedNumber(0.1, 3600),
    )
    .option('--after <s>', 'seconds after the moment that are saved too', boundedNumber(0, 3600), 3)
    .option(
      '--memory-mb <n>',
      'memory for the black box; with less room it reaches back less far',
      boundedNumber(1, 1e5),
      256,
    )
    .option('--boxes <n>', 'boxes kept; the oldest go', boundedNumber(1, 10_000), 20)
    .option('--config <file...>', 'configuration files, for the names of topics', [])
    .option('--json', 'one line of JSON with the figures at the end');
}
