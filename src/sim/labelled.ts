import { type Random, seededRandom } from '../contracts/ports.js';
import type { GroundTruth } from './physics/truth.js';
import type { RenderedFrame } from './scene/state.js';
import { TabletopWorld } from './world.js';

/** A frame with its ground truth. */
export interface LabelledFrame {
  readonly frame: RenderedFrame;
  readonly world: TabletopWorld;
  readonly truth: GroundTruth;
}

/** Postures tried before the home posture is taken. */
const ATTEMPTS_MAX = 60;
/** Ranges from which postures over the table are drawn, rad. */
const POSTURE_RANGES = [
  [-1.2, 1.2],
  [-0.6, 1.3],
  [0.5, 2.3],
  [-0.5, 0.5],
  [0.5, 2.1],
  [-2.8, 2.8],
] as const;
const SHARES = { home: 0.15, hand: 0.25, holding: 0.25 } as const;

/**
 * Frame number `index` of the labelled set of a seed: a world of its own with another camera, light, table and
 * blocks, the arm in a random posture that touches nothing, and sometimes a held block or a hand.
 */
export function labelledFrame(seed: number, index: number): LabelledFrame {
  const random = seededRandom((Math.imul(seed + 1, 0x9e3779b1) + index) >>> 0);
  const world = untouchedWorld(random);
  if (random.next() < SHARES.hand) {
    world.hand(60);
    world.step(0.2 + 1.6 * random.next());
  }
  return { frame: world.render(true), world, truth: world.truth() };
}

function untouchedWorld(random: Random): TabletopWorld {
  const seed = Math.floor(random.next() * 4294967296);
  const blocks = 3 + Math.floor(3 * random.next());
  const gap_m = 0.04 * random.next();
  const holds = random.next() < SHARES.holding ? { holding: Math.floor(blocks * random.next()) } : {};
  if (random.next() >= SHARES.home) {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const home = POSTURE_RANGES.map(([low, high]) => low + (high - low) * random.next());
      const world = new TabletopWorld({ seed, blocks, home, ...holds });
      if (holds.holding === undefined) world.sendGripper([gap_m, gap_m]);
      world.step(0.4);
      const { violation_count, tip } = world.truth();
      if (violation_count === 0 && tip.position_m[2] > 0.02 && tip.position_m[0] > 0) return world;
    }
  }
  return new TabletopWorld({ seed, blocks, ...holds });
}
