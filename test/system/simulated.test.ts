import { expect } from 'chai';
import { CONDITIONS, parametersFor } from '../../src/app/bench/planners/conditions.js';
import { guestsOf } from '../../src/app/bench/planners/guests.js';
import { type Script, SimulatedRun } from '../../src/app/bench/simulated-run.js';
import { loadParameters } from '../../src/app/config.js';
import { tabletopConfig } from '../../src/app/paths.js';
import type { Effects } from '../../src/contracts/effects.js';
import { SageError } from '../../src/contracts/errors.js';
import type { InferencePort } from '../../src/contracts/inference.js';
import type { Parameters } from '../../src/contracts/parameters/index.js';
import { createModelHost, type ModelHost } from '../../src/models/index.js';

const PICK = 'pick up the red block';
const TIME_MAX_S = 90;

/** What a run did, cycle by cycle, as far as the tests look at it. */
interface Row {
  readonly time_s: number;
  readonly state: string;
  readonly actions: readonly string[];
  readonly faults: readonly string[];
  readonly rejected: readonly string[];
  readonly moving: boolean;
}

describe('the whole, simulated', function () {
  this.timeout(240_000);
  let host: ModelHost;
  let parameters: Parameters;
  const rows: Row[] = [];

  before(async () => {
    parameters = loadParameters([tabletopConfig()]);
    host = createModelHost({ parameters: parameters.models });
    await host.ready();
  });
  after(() => host.close());
  beforeEach(() => {
    rows.length = 0;
  });

  function run(
    seed: number,
    script: Script = () => {},
    inference: InferencePort = host,
    changed = parameters,
  ): SimulatedRun {
    return new SimulatedRun(seed, changed, inference, script, (effects: Effects, world, time_s) => {
      rows.push({
        time_s,
        state: effects.metabolic.state,
        actions: effects.actions.map(({ kind }) => kind),
        faults: effects.report.faults.map(({ code }) => code),
        rejected: effects.decision?.rejected.map(({ code }) => code) ?? [],
        moving: world.truth().moving,
      });
    });
  }
  /** Runs until the arm follows a trajectory of the goal, then half a second more. */
  async function inMotion(simulated: SimulatedRun): Promise<void> {
    await simulated.advance(1.5);
    simulated.say(PICK);
    for (let turn = 0; turn < 200 && !rows.some(({ actions }) => actions.includes('trajectory')); turn++)
      await simulated.advance(0.05);
    await simulated.advance(0.5);
    expect(rows.at(-1)?.moving, 'the arm is under way').to.equal(true);
  }
  async function toTheEnd(simulated: SimulatedRun): Promise<string> {
    for (let turn = 0; turn < TIME_MAX_S * 20; turn++) {
      await simulated.advance(0.05);
      if (simulated.ended !== null) return simulated.ended.status;
    }
    return 'no end';
  }
  const heldSince = (from_s: number): Row[] => rows.filter(({ time_s }) => time_s > from_s + 0.7);

  it('picks up the block that was named, and the world agrees', async () => {
    const simulated = run(11);
    const outcome = await simulated.pursue(PICK, TIME_MAX_S);
    expect(outcome.event?.status).to.equal('satisfied');
    expect(simulated.block('red')?.held).to.equal(true);
    expect(simulated.violations()).to.deep.equal([]);
    expect(outcome.states).to.include.members(['WAKE', 'FOCUS']);
  });

  it('decides the same twice on the same seed', async () => {
    const decisions = async (): Promise<string> => {
      const simulated = run(12);
      await simulated.pursue(PICK, TIME_MAX_S);
      return JSON.stringify([rows, simulated.block('red')]);
    };
    const first = await decisions();
    rows.length = 0;
    expect(await decisions()).to.equal(first);
  });

  for (const [text, seed] of [
    ['point at the green block', 13],
    ['go home', 14],
  ] as const) {
    it(`does "${text}"`, async () => {
      const simulated = run(seed);
      expect((await simulated.pursue(text, TIME_MAX_S)).event?.status).to.equal('satisfied');
      expect(simulated.violations()).to.deep.equal([]);
    });
  }

  for (const seed of [21, 22, 23]) {
    it(`is surprised by a hand and holds within 200 ms of the first frame that shows it, then goes on (seed ${seed})`, async () => {
      let seen_s: number | null = null;
      let called = false;
      const simulated = run(seed, (world, time_s) => {
        if (called && seen_s === null && world.hand_visible) seen_s = time_s;
      });
      await inMotion(simulated);
      expect(
        rows.some(({ state }) => state === 'CRISIS'),
        'its own motion is no crisis',
      ).to.equal(false);
      simulated.world.hand(2);
      called = true;
      const status = await toTheEnd(simulated);
      const first = rows.find(({ state }) => state === 'CRISIS');
      const hold = rows.find(
        ({ actions, time_s }) => actions.includes('hold') && time_s >= (first?.time_s ?? 0),
      );
      expect(seen_s, 'the hand was in the picture').to.not.equal(null);
      expect((hold?.time_s ?? 99) - (seen_s ?? 0), 's from the first frame to the hold').to.be.at.most(0.2);
      const crisis = rows.filter(
        ({ state, time_s }) => state === 'CRISIS' && time_s > (hold?.time_s ?? 0) + 0.5,
      );
      expect(
        crisis.some(({ moving }) => moving),
        'the arm moves in the crisis',
      ).to.equal(false);
      expect(status).to.equal('satisfied');
      expect(simulated.violations()).to.deep.equal([]);
    });
  }

  it('goes on within two seconds when somebody has moved the block, to where it lies now', async () => {
    const simulated = run(24);
    await inMotion(simulated);
    const moved_s = rows.at(-1)?.time_s ?? 0;
    simulated.world.putBlock('red', 0.36, 0.02);
    const status = await toTheEnd(simulated);
    const crisis = rows.filter(({ state }) => state === 'CRISIS');
    expect(crisis.length, 'cycles in crisis').to.be.within(1, 40);
    expect(crisis.at(-1)?.time_s ?? 99).to.be.at.most(moved_s + 2);
    expect(status).to.equal('satisfied');
    expect(simulated.block('red')?.held).to.equal(true);
    expect(simulated.violations()).to.deep.equal([]);
  });

  it('holds as long as the hand that moved the block stays', async () => {
    const simulated = run(25);
    await inMotion(simulated);
    simulated.world.hand(6);
    const from_s = rows.at(-1)?.time_s ?? 0;
    await simulated.advance(1);
    simulated.world.putBlock('red', 0.36, 0.02);
    await simulated.advance(5);
    expect(heldSince(from_s + 0.5).every(({ state }) => state === 'CRISIS')).to.equal(true);
    expect(heldSince(from_s + 0.5).some(({ moving }) => moving)).to.equal(false);
    expect(await toTheEnd(simulated)).to.equal('satisfied');
    expect(rows.filter(({ state }) => state === 'CRISIS').at(-1)?.time_s ?? 99).to.be.at.most(from_s + 10);
  });

  it('holds for two seconds at most when the light is switched off, and picks in the light that is left', async () => {
    const simulated = run(2);
    await inMotion(simulated);
    simulated.world.obey({ exposure: 0.12 });
    expect(await toTheEnd(simulated)).to.equal('satisfied');
    expect(rows.filter(({ state }) => state === 'CRISIS').length, 'cycles in crisis').to.be.within(1, 50);
  });

  it('holds as long as a hand is there, though the light changes as it comes, and goes on when it has left', async () => {
    const simulated = run(2);
    await inMotion(simulated);
    simulated.world.obey({ exposure: 0.5 });
    simulated.world.hand(5);
    await simulated.advance(1.5);
    const from_s = rows.at(-1)?.time_s ?? 0;
    for (let turn = 0; turn < 200 && simulated.world.hand_visible; turn++) await simulated.advance(0.05);
    const during = rows.filter(({ time_s }) => time_s > from_s);
    expect(during.length, 'cycles with the hand').to.be.above(60);
    expect(during.every(({ state, moving }) => state === 'CRISIS' && !moving)).to.equal(true);
    const left_s = rows.at(-1)?.time_s ?? 0;
    expect(await toTheEnd(simulated)).to.equal('satisfied');
    expect(rows.filter(({ state }) => state === 'CRISIS').at(-1)?.time_s ?? 99).to.be.at.most(left_s + 6);
  });

  /** Draws a plain rectangle into each picture. */
  const rectangle =
    (x: number, y: number, wide: number, high: number) =>
    (rgb: Uint8Array, width: number): void => {
      for (let row = y; row < y + high; row++)
        for (let column = x; column < x + wide; column++) rgb.set([60, 110, 70], 3 * (row * width + column));
    };

  it('leaves a thing alone that lies still, half in the picture, and goes on', async () => {
    const simulated = run(2);
    await inMotion(simulated);
    simulated.trouble.draws = rectangle(0, 330, 50, 90);
    const from_s = rows.at(-1)?.time_s ?? 0;
    expect(await toTheEnd(simulated)).to.equal('satisfied');
    const crisis = rows.filter(({ state }) => state === 'CRISIS');
    expect(crisis.at(-1)?.time_s ?? 99).to.be.within(from_s + 3, from_s + 5);
  });

  it('holds for what reaches in deep, however still it is', async () => {
    const simulated = run(2);
    await inMotion(simulated);
    simulated.trouble.draws = rectangle(0, 380, 300, 50);
    await simulated.advance(8);
    expect(rows.at(-1)).to.include({ state: 'CRISIS', moving: false });
  });

  it('is not surprised by its own motion after a hand: the hand shaded what its own shadow had left', async () => {
    const condition = CONDITIONS.find(({ name }) => name === 'hand')!;
    const begun_s: number[] = [];
    let state = '';
    let called = false;
    const simulated = new SimulatedRun(
      309,
      parametersFor(parameters, condition, 'core'),
      host,
      (world, time_s) => {
        if (called || time_s <= 2 || !world.truth().moving) return;
        called = true;
        world.hand(2);
      },
      ({ metabolic }, _world, time_s) => {
        if (metabolic.state === 'CRISIS' && state !== 'CRISIS') begun_s.push(time_s);
        state = metabolic.state;
      },
      guestsOf({ answers: 0 }),
    );
    expect((await simulated.pursue(condition.goal ?? '', TIME_MAX_S)).event?.status).to.equal('satisfied');
    expect(begun_s, 'crises').to.have.length(1);
  });

  it('holds on a camera that stops, names it, and goes on when it is back', async () => {
    const simulated = run(31);
    await inMotion(simulated);
    simulated.trouble.camera = 'off';
    const from_s = rows.at(-1)?.time_s ?? 0;
    await simulated.advance(3);
    expect(heldSince(from_s + 0.5).some(({ moving }) => moving)).to.equal(false);
    expect(rows.at(-1)?.faults).to.include('SAGE_205');
    simulated.trouble.camera = 'live';
    expect(await toTheEnd(simulated)).to.equal('satisfied');
    expect(simulated.violations()).to.deep.equal([]);
  });

  it('holds on a camera that repeats its last picture with new stamps while the arm moves', async () => {
    const simulated = run(32);
    await inMotion(simulated);
    simulated.trouble.camera = 'frozen';
    const from_s = rows.at(-1)?.time_s ?? 0;
    await simulated.advance(2);
    expect(rows.at(-1)?.faults).to.include('SAGE_210');
    expect(heldSince(from_s).some(({ moving }) => moving)).to.equal(false);
    simulated.trouble.camera = 'live';
    expect(await toTheEnd(simulated)).to.equal('satisfied');
  });

  it('holds on joint states that stop, and goes on when they are back', async () => {
    const simulated = run(33);
    await inMotion(simulated);
    simulated.trouble.joints = 'off';
    const from_s = rows.at(-1)?.time_s ?? 0;
    await simulated.advance(2);
    expect(rows.at(-1)?.faults).to.include('SAGE_205');
    expect(heldSince(from_s).some(({ moving }) => moving)).to.equal(false);
    simulated.trouble.joints = 'live';
    expect(await toTheEnd(simulated)).to.equal('satisfied');
    expect(simulated.violations()).to.deep.equal([]);
  });

  it('holds on the emergency stop and goes on when it is released', async () => {
    const simulated = run(34);
    await inMotion(simulated);
    simulated.emergencyStop(true);
    const from_s = rows.at(-1)?.time_s ?? 0;
    await simulated.advance(2);
    expect(rows.at(-1)?.state).to.equal('CRISIS');
    expect(heldSince(from_s).some(({ moving }) => moving)).to.equal(false);
    expect(heldSince(from_s).some(({ actions }) => actions.includes('trajectory'))).to.equal(false);
    simulated.emergencyStop(false);
    expect(await toTheEnd(simulated)).to.equal('satisfied');
  });

  it('notices that a joint does not follow, stops, and ends the goal with a reason when it stays stuck', async () => {
    const simulated = run(35);
    await inMotion(simulated);
    simulated.world.stick(parameters.robot.joints[0] ?? '');
    const status = await toTheEnd(simulated);
    expect(status).to.equal('failed');
    expect(simulated.ended?.code).to.equal('SAGE_708');
    expect(simulated.violations()).to.deep.equal([]);
  });

  it('stops at once when told to, cancels the goal, and does the next one', async () => {
    const simulated = run(36);
    await inMotion(simulated);
    simulated.say('stop');
    const from_s = rows.at(-1)?.time_s ?? 0;
    await simulated.advance(1.5);
    expect(heldSince(from_s).some(({ moving }) => moving)).to.equal(false);
    expect((await simulated.pursue('go home', TIME_MAX_S)).event?.status).to.equal('satisfied');
  });

  it('stays where it is after sage/stop until sage/resume', async () => {
    const simulated = run(37);
    await inMotion(simulated);
    simulated.request('stop');
    await simulated.advance(1);
    simulated.say('go home');
    const from_s = rows.at(-1)?.time_s ?? 0;
    await simulated.advance(2);
    expect(heldSince(from_s).some(({ moving }) => moving)).to.equal(false);
    simulated.request('resume');
    expect(await toTheEnd(simulated)).to.equal('satisfied');
  });

  it('does not move on what it cannot see: without a model it holds its goal, and picks when the model is back', async () => {
    let broken = true;
    const failing: InferencePort = {
      run: (request) =>
        broken ? Promise.reject(new SageError('SAGE_504', 'model host', 'killed')) : host.run(request),
      read: (slot, signal) => host.read(slot, signal),
      free: (slots) => host.free(slots),
    };
    const simulated = run(38, () => {}, failing);
    await simulated.advance(1.5);
    simulated.say(PICK);
    await simulated.advance(3);
    expect(rows.some(({ actions }) => actions.includes('trajectory'))).to.equal(false);
    expect(rows.some(({ faults }) => faults.includes('SAGE_504'))).to.equal(true);
    broken = false;
    expect(await toTheEnd(simulated)).to.equal('satisfied');
  });

  it('says at once that what it should point at is in its hand', async () => {
    const simulated = run(2);
    expect((await simulated.pursue(PICK, TIME_MAX_S)).event?.status).to.equal('satisfied');
    for (const text of ['point at the red block', 'look at the red block']) {
      const { event } = await simulated.pursue(text, 4);
      expect(event, text).to.include({ text, status: 'failed', code: 'SAGE_409' });
      expect(event?.reason).to.equal('the red block is in the hand; put it down first');
    }
    expect((await simulated.pursue(PICK, 4)).event?.status, 'held already').to.equal('satisfied');
  });

  /** Picks up the red block of a seed, and gives where the others lie then. */
  async function holding(seed: number): Promise<[SimulatedRun, ReturnType<SimulatedRun['block']>]> {
    const simulated = run(seed);
    expect((await simulated.pursue(PICK, TIME_MAX_S)).event?.status).to.equal('satisfied');
    return [simulated, simulated.block('green')];
  }

  it('puts down what it holds beside the block that its hand is above, which stays as it was', async () => {
    const [simulated, green] = await holding(2);
    expect((await simulated.pursue('point at the green block', TIME_MAX_S)).event?.status).to.equal(
      'satisfied',
    );
    expect((await simulated.pursue('put it down', TIME_MAX_S)).event?.status).to.equal('satisfied');
    await simulated.advance(0.5);
    expect(simulated.block('red')).to.include({ held: false, on_table: true });
    expect(simulated.block('green')).to.deep.equal(green);
    expect(simulated.world.truth().pressed_m, 'm pressed on it').to.equal(0);
    expect(simulated.violations()).to.deep.equal([]);
  });

  it('feels a block that nobody sees under its hand, stops, and puts down elsewhere', async () => {
    const [simulated] = await holding(2);
    const [x, y] = simulated.world.truth().tip.position_m;
    simulated.world.putBlock('green', x, y);
    const below = simulated.block('green');
    expect((await simulated.pursue('put it down', TIME_MAX_S)).event?.status).to.equal('satisfied');
    await simulated.advance(0.5);
    expect(simulated.block('red')).to.include({ held: false, on_table: true });
    expect(simulated.block('green')).to.deep.equal(below);
    expect(simulated.world.truth().pressed_m, 'm commanded into it').to.be.within(0.004, 0.03);
    expect(simulated.violations()).to.deep.equal([]);
  });

  it('stacks on the block that is named', async () => {
    const [simulated, green] = await holding(2);
    const { event } = await simulated.pursue('put it on top of the green block', TIME_MAX_S);
    expect(event?.status).to.equal('satisfied');
    await simulated.advance(0.5);
    const red = simulated.block('red');
    expect(red).to.include({ held: false, on_table: false });
    expect(red?.position_m[2]).to.be.closeTo(0.06, 0.001);
    expect(simulated.block('green')).to.deep.equal(green);
    expect(simulated.violations()).to.deep.equal([]);
  });

  it('ends a goal for what is not there with a reason', async () => {
    const simulated = run(39);
    const outcome = await simulated.pursue('pick up the purple block', TIME_MAX_S);
    expect(outcome.event?.status).to.equal('failed');
    expect(outcome.event?.code).to.equal('SAGE_402');
    expect(rows.some(({ actions }) => actions.includes('gripper'))).to.equal(false);
  });

  it('rests when its energy is low, and still finishes', async () => {
    const tired = {
      ...parameters,
      metabolism: { ...parameters.metabolism, energy_initial: 31, recharge_per_s: 8 },
    };
    const simulated = run(40, () => {}, host, tired);
    const outcome = await simulated.pursue(PICK, TIME_MAX_S);
    expect(outcome.states).to.include('REST');
    expect(outcome.event?.status).to.equal('satisfied');
  });
});
