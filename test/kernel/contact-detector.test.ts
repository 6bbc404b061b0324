import { expect } from 'chai';
import type { ArmState, ArmTrajectory } from '../../src/contracts/motion.js';
import { Body } from '../../src/kernel/body.js';
import { ContactDetector } from '../../src/kernel/contact-detector.js';
import { Execution } from '../../src/kernel/execution.js';
import { parameters, urdf } from './tabletop.js';

const body = new Body(urdf, parameters);
const { joints } = body;
/** From above the table down by `depth_m` along joint motions that lower the tip. */
const HIGH = [0, 0.2, 1.75, 0, 1.1916, 0];
const LOW = [0, 0.45, 1.75, 0, 0.9416, 0];
const START_MS = 10_000;
const TIME_S = 2;
const still = HIGH.map(() => 0);
const trajectory: ArmTrajectory = {
  joints,
  points: [{ time_s: TIME_S, position: LOW, velocity: still, acceleration: still }],
};

interface Way {
  /** The arm is behind its plan by this, ms. */
  readonly lag_ms: number;
  /** Joint states per second. */
  readonly rate_hz: number;
  /** The arm goes its way at this share of the planned speed. */
  readonly pace?: number;
  /** From this moment on it does not move, ms after the start. */
  readonly blocked_ms?: number;
  readonly slowest_scale?: number;
  /** How many motions it has made before. */
  readonly before?: number;
}

/** Plays the motion; when contact was felt, ms after the start, and null where it was not. */
function felt({ lag_ms, rate_hz, pace = 1, blocked_ms = Infinity, slowest_scale = 1, before = 1 }: Way) {
  const touch = new ContactDetector({ contact_m: 0.004, slowest_scale });
  let at_ms: number | null = null;
  for (let turn = 0; turn <= before; turn++) {
    const execution = new Execution(
      'key',
      trajectory,
      'down',
      START_MS,
      false,
      { position: HIGH, velocity: still },
      slowest_scale,
    );
    const last = turn === before;
    for (let ms = 0; ms < (1000 * TIME_S) / pace + 800; ms += 1000 / rate_hz) {
      const reached = Math.min(ms, last ? blocked_ms : Infinity);
      const plan_ms = START_MS + pace * Math.max(0, reached - lag_ms);
      const moves = reached === ms;
      const arm: ArmState = {
        stamp_ms: START_MS + ms,
        joints,
        position: execution.expectedAt(plan_ms),
        velocity: moves ? execution.velocityAt(plan_ms).map((rate) => pace * rate) : still,
      };
      touch.update(arm, execution, body);
      if (touch.contact_m !== null) at_ms ??= last ? ms : -1;
    }
  }
  return at_ms;
}

describe('kernel/contact-detector', () => {
  it('goes down in this motion', () => {
    expect(body.tip(HIGH)[2] - body.tip(LOW)[2]).to.be.within(0.05, 0.2);
  });

  for (const lag_ms of [0, 60, 200])
    for (const rate_hz of [20, 100])
      it(`feels nothing on a free way down, ${lag_ms} ms behind its plan at ${rate_hz} Hz, also the first time`, () => {
        expect(felt({ lag_ms, rate_hz })).to.equal(null);
        expect(felt({ lag_ms, rate_hz, before: 0 })).to.equal(null);
      });

  for (const lag_ms of [0, 60, 200])
    for (const rate_hz of [20, 100])
      it(`feels that it does not come down any more, ${lag_ms} ms behind its plan at ${rate_hz} Hz`, () => {
        const at_ms = felt({ lag_ms, rate_hz, blocked_ms: 1000 });
        expect(at_ms, 'felt').to.not.equal(null);
        expect(at_ms! - 1000, 'ms after it was stopped').to.be.within(0, 400);
      });

  it('feels nothing while a pendant slows the arm down, where that is configured', () => {
    expect(felt({ lag_ms: 60, rate_hz: 50, pace: 0.3, slowest_scale: 0.2 })).to.equal(null);
  });

  it('notices at the end of its motion that it is above it', () => {
    const at_ms = felt({ lag_ms: 60, rate_hz: 50, blocked_ms: 1500 });
    expect(at_ms).to.be.within(1500, 2400);
  });

  it('learns the lag of the arm, and feels sooner then', () => {
    const first = felt({ lag_ms: 20, rate_hz: 100, blocked_ms: 700, before: 0 })!;
    const then = felt({ lag_ms: 20, rate_hz: 100, blocked_ms: 700, before: 2 })!;
    expect(then).to.be.at.most(first);
    expect(then - 700).to.be.below(200);
  });
});
