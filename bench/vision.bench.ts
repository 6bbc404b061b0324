/**
 * How well vision places and names the blocks of the simulated table: `npx tsx bench/vision.bench.ts [--frames 60]
 * [--seed 900] [--set models.precision=fp32] [--json]`. Once with the true masks (what the geometry and the colours can do), once with the model
 * through its host and the halting rule of the plugin (what the robot gets). A block counts as visible when at least
 * 40 cells of the 160 × 120 mask show it and it stands on the table.
 */
import { parseArgs } from 'node:util';
import { withSettings } from '../src/app/settings.js';
import { defaultParameters } from '../src/contracts/parameters/index.js';
import type { SeenObject, VisionTask } from '../src/contracts/vision.js';
import { createModelHost } from '../src/models/index.js';
import { createVisionPlugin, findObjects, fitOf } from '../src/plugins/vision/index.js';
import { type LabelledFrame, labelledFrame } from '../src/sim/labelled.js';
import { INSTANCE } from '../src/sim/scene/state.js';
import { visionTask } from './vision-task.js';

const { values } = parseArgs({
  options: {
    frames: { type: 'string', default: '60' },
    seed: { type: 'string', default: '900' },
    json: { type: 'boolean' },
    verbose: { type: 'boolean' },
    set: { type: 'string', multiple: true, default: [] },
  },
});
const parameters = withSettings(defaultParameters(), values.set);
const CELLS = 160 * 120;
const VISIBLE_CELLS = 40;
const MATCH_M = 0.04;

/** Shares of the true classes per cell; a hand is background. */
function trueProbs({ frame }: LabelledFrame): Float32Array {
  const probs = new Float32Array(3 * CELLS);
  const { classes } = frame.labels!;
  for (let i = 0; i < classes.length; i++) {
    const cell = Math.floor(i / 640 / 4) * 160 + Math.floor((i % 640) / 4);
    const kind = classes[i] === 3 ? 0 : classes[i]!;
    probs[kind * CELLS + cell] = probs[kind * CELLS + cell]! + 1 / 16;
  }
  return probs;
}

function visibleCells({ frame }: LabelledFrame, block: number): number {
  let pixels = 0;
  for (const instance of frame.labels!.instances) if (instance === INSTANCE.first_block + block) pixels += 1;
  return pixels / 16;
}

class Score {
  private readonly errors_mm: number[] = [];
  private readonly turns_deg: number[] = [];
  private readonly sizes_mm: number[] = [];
  private visible = 0;
  private found = 0;
  private named = 0;
  private extra = 0;
  readonly steps: number[] = [];

  add(labelled: LabelledFrame, seen: readonly SeenObject[], tell: boolean): void {
    const free = new Set(seen);
    for (const [index, block] of labelled.truth.blocks.entries()) {
      const [x, y] = block.position_m;
      const apart = (object: SeenObject): number => Math.hypot(object.position_m[0] - x, object.position_m[1] - y);
      const near = [...free].sort((a, b) => apart(a) - apart(b))[0];
      const counts = block.on_table && visibleCells(labelled, index) >= VISIBLE_CELLS;
      if (counts) this.visible += 1;
      if (!near || apart(near) > MATCH_M) {
        if (counts && tell) console.log(`  missed ${block.colour} at ${x.toFixed(3)} ${y.toFixed(3)}`);
        continue;
      }
      free.delete(near);
      if (!counts) continue;
      this.found += 1;
      if (near.colour === block.colour) this.named += 1;
      else if (tell) console.log(`  ${block.colour} called ${near.colour} ${near.hsv.map((v) => v.toFixed(2))}`);
      this.errors_mm.push(1000 * apart(near));
      const quarters = (near.yaw_rad - block.yaw_rad) / (Math.PI / 2);
      this.turns_deg.push(90 * Math.abs(quarters - Math.round(quarters)));
      this.sizes_mm.push(1000 * near.size_m);
    }
    this.extra += free.size;
    if (!tell) return;
    for (const { colour, position_m, size_m, area_px, confidence } of free) {
      const place = position_m.map((value) => value.toFixed(2)).join(' ');
      console.log(`  not there: ${colour} at ${place}, ${size_m.toFixed(3)} m, ${area_px} cells, ${confidence.toFixed(2)}`);
    }
  }

  figures(): Record<string, number> {
    const at = (list: readonly number[], share: number): number => {
      const sorted = [...list].sort((a, b) => a - b);
      return Number((sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN).toFixed(2));
    };
    return {
      visible: this.visible,
      found: this.found,
      named: this.named,
      not_there: this.extra,
      error_mm_p50: at(this.errors_mm, 0.5),
      error_mm_p95: at(this.errors_mm, 0.95),
      error_mm_max: at(this.errors_mm, 1),
      yaw_deg_p50: at(this.turns_deg, 0.5),
      yaw_deg_p95: at(this.turns_deg, 0.95),
      size_mm_p5: at(this.sizes_mm, 0.05),
      size_mm_p95: at(this.sizes_mm, 0.95),
      steps_mean: this.steps.reduce((sum, n) => sum + n, 0) / Math.max(1, this.steps.length),
    };
  }
}

const host = createModelHost({ parameters: parameters.models });
await host.ready();
const plugin = createVisionPlugin({ inference: host, parameters });
const signal = new AbortController().signal;

/** As the runner does: steps until the plugin's rule or the slope of its energy says stop; the best is kept. */
async function refine(task: VisionTask): Promise<{ readonly seen: readonly SeenObject[]; readonly steps: number }> {
  const context = { step_idx: 0, random: () => 0.5, signal };
  let state = await plugin.initState(task, context);
  let best = state;
  const energies = [plugin.energy(state)];
  const { max_steps, halt_eps, halt_k } = plugin.limits;
  let steps = 0;
  while (steps < max_steps) {
    state = await plugin.step(state, context);
    steps += 1;
    energies.push(plugin.energy(state));
    if (plugin.energy(state) <= plugin.energy(best)) best = state;
    const last = energies.slice(-halt_k - 1);
    if (plugin.halt?.(energies, state)) break;
    if (last.length > halt_k && Math.max(...last) - Math.min(...last) < halt_eps) break;
  }
  const seen = plugin.answer(best).objects;
  plugin.dispose?.(state);
  return { seen, steps };
}

const [truth, model] = [new Score(), new Score()];
for (let index = 0; index < Number(values.frames); index++) {
  const labelled = labelledFrame(Number(values.seed), index);
  const task = visionTask(labelled.world, labelled.frame, parameters.robot.object_height_m);
  const tell = values.verbose ?? false;
  if (tell) console.log(`frame ${index}: true masks`);
  truth.add(labelled, findObjects(task, fitOf(task.frame), trueProbs(labelled), parameters.vision).objects, tell);
  if (tell) console.log(`frame ${index}: model`);
  const { seen, steps } = await refine(task);
  model.steps.push(steps);
  model.add(labelled, seen, tell);
}
await host.close();
const result = { frames: Number(values.frames), true_masks: truth.figures(), model: model.figures() };
if (values.json) console.log(JSON.stringify(result));
else console.table({ 'true masks': result.true_masks, model: result.model });
