import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { linePlot } from '../plot.js';
import { benchControl, type ControlFigures } from './control.js';
import { benchTrust, type TrustFigures } from './trust.js';

const PROBLEMS_MAX = 10_000;

/** Adds `sage bench proofs`. */
export function addProofsBench(program: Command, print: (figures: object, json: boolean) => void): void {
  program
    .command('proofs')
    .description(
      'Run the proofs for planning under constraints and budget by trust, in virtual time; same result on every machine.',
    )
    .option('--problems <n>', 'random problems per world', count, 200)
    .option('--plots <folder>', 'write the plots here as SVG')
    .option('--json', 'print one line of JSON per proof')
    .addHelpText('after', '\nExample:\n  sage bench proofs --json --plots docs/images')
    .action(async ({ problems, plots, json }: { problems: number; plots?: string; json?: boolean }) => {
      const control = await benchControl(problems);
      for (const figures of control) print({ bench: 'control', ...figures }, json === true);
      const trust = await benchTrust();
      print({ bench: 'trust', ...summary(trust, json === true) }, json === true);
      if (plots === undefined) return;
      mkdirSync(plots, { recursive: true });
      writeFileSync(join(plots, 'proof-control.svg'), controlPlot(control));
      writeFileSync(join(plots, 'proof-trust.svg'), trustPlot(trust));
    });
}

/** For people without the curve. */
function summary(figures: TrustFigures, withCurve: boolean): object {
  const { curve, ...rest } = figures;
  return withCurve ? { ...rest, curve } : rest;
}

/** Steps from 1 on: a logarithmic axis has no 0, and initState counts as the first. */
const steps = (count: number) => count + 1;

export function controlPlot(worlds: readonly ControlFigures[]): string {
  const curve = (world: ControlFigures, value: (point: ControlFigures['points'][number]) => number) =>
    world.points.map((point) => [steps(point.steps), 100 * value(point)] as const);
  return linePlot({
    title: 'Feasible is not reached',
    x: { label: 'steps, initState included', log: true },
    y: { label: '% of the problems', min: 0, max: 100 },
    series: worlds.flatMap((world) => [
      { name: `${world.world}: feasible`, points: curve(world, (point) => point.feasible_share) },
      { name: `${world.world}: reached`, points: curve(world, (point) => point.reached_share) },
      {
        name: `${world.world}: feasible without projection`,
        points: curve(world, (point) => point.feasible_without_projection_share),
        dashed: true,
      },
    ]),
  });
}

export function trustPlot({ curve, broken_at, repaired_at }: TrustFigures): string {
  const from = curve.slice(20);
  return linePlot({
    title: 'A plugin is made worse and repaired',
    x: { label: 'H-steps (20 per second)' },
    y: { label: 'trust; share of the budget', min: 0 },
    bands: [{ from: broken_at, to: repaired_at, label: 'worse' }],
    series: [
      { name: 'its trust', points: from.map(({ h_step, trust }) => [h_step, trust]) },
      { name: 'its share of the budget', points: from.map(({ h_step, share }) => [h_step, share]) },
      {
        name: 'trust of the others',
        points: from.map(({ h_step, others_trust }) => [h_step, others_trust]),
        dashed: true,
      },
    ],
  });
}

function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > PROBLEMS_MAX) {
    throw new InvalidArgumentError(`expected a whole number from 1 to ${PROBLEMS_MAX}`);
  }
  return value;
}
