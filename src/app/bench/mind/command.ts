import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { linePlot, type Plot } from '../plot.js';
import { benchMemory, benchMind, type Growth, type MemoryFigures, type MindFigures } from './measure.js';

const CYCLES_MAX = 10_000_000;

interface MindOptions {
  readonly cycles: number;
  readonly plots?: string;
  readonly json?: boolean;
}

/** Adds `sage bench mind` and `sage bench memory`. */
export function addMindBench(program: Command, print: (figures: object, json: boolean) => void): void {
  program
    .command('mind')
    .description('Measure whole cycles with full memories and trivial plugins: rate, breakdown, scaling.')
    .option('--cycles <n>', 'cycles per measurement', cyclesOf, 2000)
    .option('--plots <folder>', 'write scaling plots here as SVG')
    .option('--json', 'print one line of JSON')
    .addHelpText('after', '\nExample:\n  sage bench mind --json --plots docs/images')
    .action(async ({ cycles, plots, json }: MindOptions) => {
      const figures = await benchMind(cycles);
      print({ bench: 'mind', ...figures }, json === true);
      writePlots(plots, mindPlots(figures));
    });
  program
    .command('memory')
    .description('Measure resident memory over many whole cycles.')
    .option('--cycles <n>', 'number of cycles', cyclesOf, 100_000)
    .option('--plots <folder>', 'write the plot here as SVG')
    .option('--json', 'print one line of JSON')
    .addHelpText('after', '\nExample:\n  sage bench memory --cycles 1000000 --json')
    .action(async ({ cycles, plots, json }: MindOptions) => {
      const figures = await benchMemory(cycles);
      print({ bench: 'memory', ...figures }, json === true);
      writePlots(plots, [['mind-rss.svg', memoryPlot(figures)]]);
    });
}

function writePlots(folder: string | undefined, plots: readonly (readonly [string, Plot])[]): void {
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  for (const [name, plot] of plots) writeFileSync(join(folder, name), linePlot(plot));
}

/** How the CPU of a whole cycle grows, a picture for each of what it grows with. */
export function mindPlots(figures: MindFigures): readonly (readonly [string, Plot])[] {
  const plot = (what: string, label: string, growth: readonly Growth[]): Plot => ({
    title: `CPU of a whole cycle by ${what}`,
    x: { label, min: 0 },
    y: { label: 'CPU, µs per cycle', min: 0 },
    series: [{ name: 'whole cycle', points: growth.map(({ size, cycle_us }) => [size, cycle_us]) }],
  });
  const others = '5 sources of 256 elements, memories of 1,000, 5 plugins otherwise';
  return [
    ['mind-sources.svg', plot('sources', `sources (${others})`, figures.by_sources)],
    ['mind-memory.svg', plot('memory', `embeddings per source (${others})`, figures.by_memory)],
    ['mind-plugins.svg', plot('plugins', `plugins (${others})`, figures.by_plugins)],
  ];
}

function memoryPlot({ samples }: MemoryFigures): Plot {
  return {
    title: 'Memory over whole cycles',
    x: { label: 'cycles' },
    y: { label: 'MB', min: 0 },
    series: [
      { name: 'resident', points: samples.map(({ cycles, rss_mb }) => [cycles, rss_mb]) },
      { name: 'heap in use', points: samples.map(({ cycles, heap_mb }) => [cycles, heap_mb]) },
    ],
  };
}

function cyclesOf(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > CYCLES_MAX) {
    throw new InvalidArgumentError(`expected a whole number from 1 to ${CYCLES_MAX}`);
  }
  return value;
}
