import { expect } from 'chai';
import fc from 'fast-check';
import type { Vec3 } from '../../../src/contracts/geometry.js';
import type { BelievedObject, Goal } from '../../../src/contracts/goal.js';
import { freePlace, isFree, type PlacementScene } from '../../../src/kernel/goals/free-place.js';
import { parseGoal } from '../../../src/kernel/goals/parse.js';
import { Pursuit, type PursuitStatus } from '../../../src/kernel/goals/pursuit.js';
import type { StepView } from '../../../src/kernel/goals/step.js';
import { parameters } from '../tabletop.js';
import { view as handView, pick } from './pursuit/pursued.js';

const SIZE_M = 0.04;
const { robot } = parameters;
const above_m = robot.object_height_m + robot.approach_height_m;
const block = (x: number, y: number, colour = 'green'): BelievedObject => ({
  id: `${colour}-block-1`,
  kind: 'block',
  colour,
  position_m: [x, y, 0.02],
  yaw_rad: 0.3,
  size_m: SIZE_M,
  confidence: 0.9,
  seen_ms: 500,
  first_seen_ms: 300,
});
const place: Goal = { ...pick, text: 'put it down', verb: 'place', target: null };
/** What a step sees with the red block in the hand above free ground, unless told. */
const view = (now_ms: number, more: Partial<StepView> = {}): StepView =>
  handView(now_ms, {
    tip_m: [0.35, 0.1, above_m],
    home_error: 1,
    opening: 0.5,
    in_hand: { colour: 'red', kind: 'block', size_m: SIZE_M },
    vision_ms: now_ms - 10,
    believed: [],
    ...more,
  });
/** Where the present step wants the tip, m. */
function wanted({ need }: PursuitStatus): Vec3 | null {
  return need?.kind === 'motion' && need.target.kind === 'tip' ? need.target.position_m : null;
}
const ground = (more: Partial<PlacementScene> = {}): PlacementScene => ({
  believed: [],
  tried: [],
  visible: () => true,
  shoulder_m: [0, 0, 0],
  ...more,
});

describe('kernel/goals: putting down', () => {
  it('lowers what it holds in place if nothing is below', () => {
    const pursuit = new Pursuit(place, parameters, 0, 'empty');
    let status = pursuit.advance(view(100));
    for (let now_ms = 150; status.step !== 'lower'; now_ms += 50) status = pursuit.advance(view(now_ms));
    expect(wanted(status)?.slice(0, 2)).to.deep.equal([0.35, 0.1]);
  });

  it('moves above free ground first if a block is below, and never descends on it', () => {
    const believed = [block(0.35, 0.11)];
    const pursuit = new Pursuit(place, parameters, 0, 'empty');
    let status = pursuit.advance(view(100, { believed }));
    for (let now_ms = 150; status.step !== 'aside'; now_ms += 50)
      status = pursuit.advance(view(now_ms, { believed }));
    const over = wanted(status)!;
    expect(over[2]).to.be.closeTo(above_m, 1e-9);
    expect(Math.hypot(over[0] - 0.35, over[1] - 0.11))
      .to.be.above(0.08)
      .and.below(0.14);
    const tip_m: Vec3 = [over[0], over[1], above_m];
    status = pursuit.advance(view(5000, { believed, tip_m }));
    expect(status.step).to.equal('lower');
    expect(wanted(pursuit.advance(view(5050, { believed, tip_m })))?.slice(0, 2)).to.deep.equal(
      over.slice(0, 2),
    );
  });

  it('waits for a look if there is a camera, and does without one otherwise', () => {
    const blind = { vision_ms: null };
    expect(new Pursuit(place, parameters, 0, 'empty').advance(view(100, blind)).step).to.equal('room');
    const none = new Pursuit(place, parameters, 0, 'empty').advance(view(100, { ...blind, sees: false }));
    expect(none.step).to.equal('raise');
  });

  it('stops its descent when something appears there, and looks for another place', () => {
    const pursuit = new Pursuit(place, parameters, 0, 'empty');
    for (let now_ms = 100; pursuit.step !== 'lower'; now_ms += 50) pursuit.advance(view(now_ms));
    const before = pursuit.motionKey;
    const status = pursuit.advance(view(1000, { believed: [block(0.35, 0.1)] }));
    expect(status).to.include({
      step: 'room',
      evidence: 'something is in the way where it was to be put down',
    });
    expect(pursuit.motionKey).to.not.equal(before);
  });

  it('does not press: where the hand meets something it tries another place, and ends with SAGE_716', () => {
    const pursuit = new Pursuit(place, parameters, 0, 'empty');
    const places: string[] = [];
    let end: PursuitStatus['end'] = null;
    let tip_m: Vec3 = [0.35, 0.1, above_m];
    for (let now_ms = 100; now_ms < 60_000 && end === null; now_ms += 50) {
      const low = pursuit.step === 'lower';
      const status = pursuit.advance(
        view(now_ms, { tip_m, contact_m: low ? 0.012 : null, motion_done: true }),
      );
      const to = wanted(status);
      if (to !== null) tip_m = to;
      if (status.step === 'lower' && to !== null) places.push(to.slice(0, 2).join());
      if (low) expect(['lower', 'room']).to.include(status.step);
      end = status.end;
    }
    expect(end).to.include({ outcome: 'failed', code: 'SAGE_716' });
    expect(new Set(places).size).to.equal(parameters.kernel.goal_retries + 1);
  });

  it('refuses when there is no free place in view (SAGE_409)', () => {
    const visible = () => false;
    const { end } = new Pursuit(place, parameters, 0, 'empty').advance(
      view(100, { visible, believed: [block(0.35, 0.1)] }),
    );
    expect(end).to.include({ outcome: 'failed', code: 'SAGE_409' });
    expect(end?.reason).to.include('no free place');
  });

  it('stacks where that was asked for: above the block, then down to its top', () => {
    const stack = parseGoal({
      kind: 'goal',
      source: 'goal',
      stamp_ms: 0,
      received_ms: 0,
      goal_id: 'g',
      text: 'put it on top of the green block',
      priority: 0,
      deadline_s: 0,
    });
    expect(stack).to.deep.include({ verb: 'place', target: { colour: 'green', kind: 'block' } });
    const pursuit = new Pursuit(stack, parameters, 0, 'empty');
    const heights: Record<string, number> = {};
    let tip_m: Vec3 = [0.1, 0, above_m];
    for (let now_ms = 100; now_ms < 5000 && pursuit.step !== 'open'; now_ms += 50) {
      const green = { ...block(0.35, 0.1), seen_ms: now_ms - 5 };
      const status = pursuit.advance(
        view(now_ms, { tip_m, believed: [green], find: () => green, motion_done: true }),
      );
      tip_m = wanted(status) ?? tip_m;
      heights[status.step] = tip_m[2];
    }
    expect(pursuit.step).to.equal('open');
    expect(heights.approach).to.be.closeTo(above_m + robot.object_height_m, 1e-9);
    expect(heights.stack).to.be.within(robot.object_height_m + robot.grasp_depth_m, 0.07);
  });

  for (const [text, target] of [
    ['put it on the green block', { colour: 'green', kind: 'block' }],
    ['stack the red block onto the blue one', { colour: 'blue', kind: 'block' }],
    ['place it on the table', null],
    ['put the red block down', null],
    ['put it on top', undefined],
    ['put it on the green cup', undefined],
    ['put it on the left', undefined],
  ] as const) {
    it(`${target === undefined ? 'refuses' : 'understands'} "${text}"`, () => {
      const said = () =>
        parseGoal({
          kind: 'goal',
          source: 'goal',
          stamp_ms: 0,
          received_ms: 0,
          goal_id: 'g',
          text,
          priority: 0,
          deadline_s: 0,
        });
      if (target === undefined) expect(said).to.throw('SAGE_401');
      else expect(said()).to.deep.include({ verb: 'place', target });
    });
  }

  it('finds only places that are free, within the workspace and in view, and the nearest of them', () => {
    const at = fc.tuple(
      fc.double({ min: 0.1, max: 0.5, noNaN: true }),
      fc.double({ min: -0.4, max: 0.4, noNaN: true }),
    );
    fc.assert(
      fc.property(at, fc.array(at, { maxLength: 12 }), (hand, others) => {
        const believed = others.map(([x, y]) => block(x, y));
        const visible = ([x]: Vec3): boolean => x > 0.2;
        const found = freePlace([...hand, above_m], SIZE_M, ground({ believed, visible }), robot);
        if (found === null) return;
        const here = Math.hypot(found[0] - hand[0], found[1] - hand[1]) < 1e-9;
        expect(isFree(found, SIZE_M, ground({ believed }))).to.equal(true);
        expect(here || found[0] - SIZE_M / 2 > 0.2).to.equal(true);
        expect(found[0]).to.be.at.least((robot.workspace_min_m[0] ?? 0) + SIZE_M / 2);
        if (isFree([...hand, 0], SIZE_M, ground({ believed }))) expect(here).to.equal(true);
      }),
    );
  });
});
