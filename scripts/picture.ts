/**
 * Makes docs/images/sage-up.svg: runs the job in the simulated world, with a hand in the scene on the way, and keeps a
 * frame of the live view now and then.
 *
 *   bin/with-ros npx tsx scripts/picture.ts
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { planProcesses } from '../src/app/bringup/plan.js';
import { Run } from '../src/app/bringup/run.js';
import { packageRoot } from '../src/app/root.js';
import { advance, emptyView, type ViewEvent } from '../src/app/view/model.js';
import { type Frame, svgOf } from '../src/app/view/picture.js';
import { screenLines } from '../src/app/view/screen.js';

const SIZE = { columns: 96, rows: 30 };
const SECONDS = 22;
const EVERY_MS = 1200;
const HAND_AT_S = 5;

const folder = mkdtempSync(join(tmpdir(), 'sage-picture-'));
const config = join(folder, 'hand.yaml');
writeFileSync(config, `sim: {hand_at_s: ${HAND_AT_S}, hand_for_s: 4}\n`);
const frames: Frame[] = [];
const begun_ms = performance.now();
let model = emptyView;
const apply = (event: ViewEvent): void => {
  model = advance(model, event, performance.now() - begun_ms);
};
const timer = setInterval(() => {
  apply({ kind: 'tick' });
  if (model.status !== null) frames.push({ lines: screenLines(model, SIZE), seconds: EVERY_MS / 1000 });
}, EVERY_MS);
const run = new Run({
  processes: planProcesses({ values: {}, configs: [config], rosArguments: [] }, process.env),
  goal: 'pick up the red block',
  seconds: SECONDS,
  onEvent: apply,
  onLine: () => {},
});
const result = await run.ended;
clearInterval(timer);
rmSync(folder, { recursive: true });
if (result.failure !== null) throw result.failure;
mkdirSync(join(packageRoot, 'docs', 'images'), { recursive: true });
writeFileSync(join(packageRoot, 'docs', 'images', 'sage-up.svg'), svgOf(frames, SIZE.columns, SIZE.rows));
console.log(`${frames.length} frames; goal ${result.goals.at(-1)?.status}`);
