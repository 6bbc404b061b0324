import { expect } from 'chai';
import type { GoalEvent } from '../../../src/contracts/goal.js';
import type { SeenObject } from '../../../src/contracts/vision.js';
import { MindRun, parametersWith } from '../mind-run.js';
import { seen } from '../tabletop.js';

/** The mind with an arm that has a hand, and eyes that see what is told. */
class HandRun {
  readonly run: MindRun;
  readonly events: GoalEvent[] = [];
  /** Blocks on the table; vision answers with them in each cycle while it is open. */
  blocks: SeenObject[] = [];
  eyes = true;
  /** True: what vision does not answer with is seen not to be there; false: the arm may hide it. */
  visible = false;
  /** False: the gripper's driver has stopped. */
  fingers = true;
  /** What fingers that close meet, 0..1. */
  thing = 0;
  private opening = 1;
  private wanted = 1;

  constructor(changes: Parameters<typeof parametersWith>[0] = {}) {
    const calm = { metabolism: { profile: 'endurance' as const }, attention: { enabled: false } };
    this.run = new MindRun(parametersWith({ ...calm, ...changes }));
  }

  say(text: string, goal_id = text, priority = 0): void {
    this.run.put('goal', { goal_id, text, priority, deadline_s: 0 });
  }

  async cycle(): Promise<void> {
    const { situation, parameters } = this.run.kernel.mind;
    const { gripper_open, gripper_closed } = parameters.robot;
    const least = this.wanted < 0.5 ? this.thing : 0;
    const way = Math.max(this.wanted, least) - this.opening;
    this.opening += Math.sign(way) * Math.min(0.2, Math.abs(way));
    if (this.fingers) {
      const names = ['finger_left_joint', 'finger_right_joint'];
      const position = names.map((_, index) => {
        const [closed = 0, open = 0] = [gripper_closed[index], gripper_open[index]];
        return closed + this.opening * (open - closed);
      });
      this.run.put('joints', { names, position, velocity: [] }, 'fingers');
    }
    if (this.eyes) {
      const stamp_ms = situation.now_ms;
      const answer = { stamp_ms, objects: this.blocks, robot_share: 0, confidence: 0.9 };
      situation.beliefs.integrate(answer, 1, () => this.visible);
      situation.vision_ms = stamp_ms;
    }
    const { actions, goal_events } = await this.run.cycle();
    this.events.push(...goal_events);
    for (const action of actions)
      if (action.kind === 'gripper') this.wanted = action.values[0] === gripper_open[0] ? 1 : 0;
  }

  async until(holds: () => boolean, limit_s = 60): Promise<void> {
    const end_s = this.run.time_s + limit_s;
    while (!holds()) {
      if (this.run.time_s > end_s) expect.fail(`in vain: ${this.told().slice(-6).join(', ')}`);
      await this.cycle();
    }
  }

  /** `id status` or `id status step`, in order. */
  told(): string[] {
    return this.events.map(
      ({ goal_id, status, step }) => `${goal_id} ${status}${step === '' ? '' : ` ${step}`}`,
    );
  }

  end(goal_id: string): GoalEvent | undefined {
    const ends = ['satisfied', 'failed', 'expired', 'cancelled', 'rejected'];
    return this.events.find((event) => event.goal_id === goal_id && ends.includes(event.status));
  }

  get step(): string {
    return this.run.effects?.report.goal?.step ?? '';
  }
}

describe('kernel: goals in the loop', function () {
  this.timeout(240_000);

  it('picks by steps, each judged by what is measured, with progress that rises to 1', async () => {
    const hand = new HandRun();
    hand.blocks = [seen('red', 0.3, 0.1)];
    hand.thing = 0.5;
    hand.say('pick up the red block', 'pick');
    let before = 0;
    await hand.until(() => {
      const goal = hand.run.effects?.report.goal;
      if (goal != null) {
        expect(goal.goal_id).to.equal('pick');
        expect(goal.progress).to.be.within(before, 1);
        before = goal.progress;
      }
      return hand.end('pick') !== undefined;
    });
    expect(hand.end('pick')).to.include({ status: 'satisfied', progress: 1 });
    expect(before).to.be.above(0.8);
    expect(hand.run.kernel.mind.situation.holding).to.equal(true);
    hand.say('go home', 'home');
    await hand.until(() => hand.end('home') !== undefined);
    expect(hand.run.kernel.mind.situation.holding, 'it still has it').to.equal(true);
    hand.say('open the gripper', 'open');
    await hand.until(() => hand.end('open') !== undefined);
    await hand.cycle();
    expect(hand.run.kernel.mind.situation.holding).to.equal(false);
  });

  for (const step of ['approach', 'descend']) {
    it(`follows a block moved at ${step}, and closes the fingers at its new position, once`, async () => {
      const hand = new HandRun();
      hand.blocks = [seen('red', 0.3, 0.1)];
      hand.thing = 0.5;
      hand.say('pick up the red block', 'pick');
      await hand.until(() => hand.step === step);
      hand.blocks = [seen('red', 0.3, -0.05)];
      let tip_m: readonly number[] = [];
      await hand.until(() => {
        const { body, arm } = hand.run.kernel.mind.situation;
        if (hand.step === 'grasp' && tip_m.length === 0) tip_m = body?.tip(arm?.position ?? []) ?? [];
        return hand.end('pick') !== undefined;
      });
      expect(hand.end('pick')).to.include({ status: 'satisfied' });
      expect(hand.told().filter((line) => line.startsWith('pick active grasp'))).to.have.length(1);
      expect(tip_m[1]).to.be.closeTo(-0.05, 0.01);
      const again = hand.events.find(({ reason }) => reason.includes('was moved'));
      expect(again?.reason).to.include('150 mm');
    });
  }

  it('searches for a block taken away during the approach, and says that it is gone', async () => {
    const hand = new HandRun({ kernel: { search_timeout_s: 3 } });
    hand.visible = true;
    hand.blocks = [seen('red', 0.3, 0.1)];
    hand.say('pick up the red block', 'pick');
    await hand.until(() => hand.step === 'approach');
    hand.blocks = [];
    await hand.until(() => hand.end('pick') !== undefined);
    expect(hand.end('pick')).to.include({ status: 'failed', code: 'SAGE_402' });
    expect(hand.told().some((line) => line.startsWith('pick active grasp'))).to.equal(false);
  });

  it('comes back from a goal of higher priority to the step where it was, with the block still in the hand', async () => {
    const hand = new HandRun();
    hand.blocks = [seen('red', 0.3, 0.1)];
    hand.thing = 0.5;
    hand.say('pick up the red block', 'pick');
    await hand.until(() => hand.step === 'lift');
    hand.say('go home urgently', 'home');
    await hand.until(() => hand.end('home') !== undefined);
    expect(hand.end('pick')).to.equal(undefined);
    await hand.until(() => hand.told().includes('pick resumed lift'));
    await hand.until(() => hand.end('pick') !== undefined);
    const told = hand.told();
    expect(told.filter((line) => line.startsWith('pick active grasp'))).to.have.length(1);
    expect(told.indexOf('pick preempted lift')).to.be.below(told.indexOf('home active'));
    expect(told.indexOf('home satisfied')).to.be.below(told.indexOf('pick resumed lift'));
    expect(hand.end('pick')).to.include({ status: 'satisfied' });
  });

  it('searches for its target again when it comes back without the object', async () => {
    const hand = new HandRun();
    hand.blocks = [seen('red', 0.3, 0.1)];
    hand.thing = 0.5;
    hand.say('pick up the red block', 'pick');
    await hand.until(() => hand.step === 'lift');
    hand.say('open the gripper urgently', 'open');
    await hand.until(() => hand.end('open') !== undefined);
    await hand.until(() => hand.step === 'locate');
    await hand.until(() => hand.end('pick') !== undefined);
    expect(hand.end('pick')).to.include({ status: 'satisfied' });
  });

  it('puts down what it holds before it picks something else', async () => {
    const hand = new HandRun();
    hand.blocks = [seen('red', 0.3, 0.1), seen('blue', 0.3, -0.1)];
    hand.thing = 0.5;
    hand.say('pick up the red block', 'red');
    hand.say('pick up the blue block', 'blue');
    await hand.until(() => hand.end('blue') !== undefined, 120);
    const steps = hand.told().filter((line) => line.startsWith('blue active '));
    expect(steps.slice(0, 6)).to.deep.equal(
      ['raise', 'aside', 'lower', 'open', 'rise', 'locate'].map((step) => `blue active ${step}`),
    );
    expect(hand.end('blue')).to.include({ status: 'satisfied' });
  });

  it('knows that it holds something after a goal that was stopped while the fingers closed on it', async () => {
    const hand = new HandRun({ kernel: { search_timeout_s: 3 } });
    hand.blocks = [seen('red', 0.3, 0.1)];
    hand.visible = true;
    hand.thing = 0.5;
    hand.say('pick up the red block', 'first');
    await hand.until(() => hand.step === 'grasp');
    hand.say('stop');
    await hand.until(() => hand.end('first') !== undefined);
    // The hand hides what it holds.
    hand.blocks = [];
    for (let turn = 0; turn < 20; turn++) await hand.cycle();
    hand.say('pick up the red block', 'second');
    await hand.until(() => {
      if (hand.step === 'rise') hand.blocks = [seen('red', 0.3, 0.1)];
      return hand.end('second') !== undefined;
    });
    expect(hand.end('second')).to.include({ status: 'satisfied' });
  });

  it('says that what it should point at is in its hand, and has picked up what it holds', async () => {
    const hand = new HandRun();
    hand.blocks = [seen('red', 0.3, 0.1), seen('blue', 0.3, -0.1)];
    hand.visible = true;
    hand.thing = 0.5;
    hand.say('pick up the red block', 'pick');
    await hand.until(() => {
      if (hand.step === 'lift') hand.blocks = [seen('blue', 0.3, -0.1)];
      return hand.end('pick') !== undefined;
    });
    for (const [text, status, code] of [
      ['point at the red block', 'failed', 'SAGE_409'],
      ['look at the red block', 'failed', 'SAGE_409'],
      ['pick up the red block', 'satisfied', null],
      ['point at the block', 'satisfied', null],
    ] as const) {
      const begun_s = hand.run.time_s;
      hand.say(text);
      await hand.until(() => hand.end(text) !== undefined);
      const ended = hand.events.filter(({ goal_id }) => goal_id === text);
      expect(ended.at(-1), text).to.include({ status, code });
      if (!text.endsWith('the block')) expect(hand.run.time_s - begun_s, text).to.be.below(1);
      expect(hand.run.kernel.mind.situation.in_hand, text).to.include({ colour: 'red' });
    }
    hand.say('open the gripper', 'open');
    await hand.until(() => hand.end('open') !== undefined);
    expect(hand.run.kernel.mind.situation.in_hand).to.equal(null);
  });

  it('takes the one on the side that was named', async () => {
    for (const [side, y] of [
      ['left', 0.12],
      ['right', -0.12],
    ] as const) {
      const hand = new HandRun();
      hand.blocks = [seen('red', 0.3, 0.12), seen('red', 0.3, -0.12)];
      hand.say(`point at the red block on the ${side}`, 'point');
      await hand.until(() => hand.end('point') !== undefined);
      const { body, arm } = hand.run.kernel.mind.situation;
      expect(body?.tip(arm?.position ?? [])[1], side).to.be.closeTo(y, 0.02);
    }
  });

  it('moves as slowly as configured', async () => {
    const fastest = async (text: string): Promise<number> => {
      const hand = new HandRun();
      hand.say(text, 'home');
      let most = 0;
      await hand.until(() => {
        for (const action of hand.run.effects?.actions ?? [])
          if (action.kind === 'trajectory')
            for (const { velocity } of action.trajectory.points)
              most = Math.max(most, ...velocity.map(Math.abs));
        return hand.end('home') !== undefined;
      });
      return most;
    };
    const usual = await fastest('go home');
    expect(await fastest('go home slowly')).to.be.within(0.3 * usual, 0.6 * usual);
  });

  it('ends with its progress and a reason when its time is over, wherever the time was said', async () => {
    const hand = new HandRun();
    hand.say('go home within 1 s', 'home');
    await hand.until(() => hand.end('home') !== undefined);
    expect(hand.end('home')).to.include({ status: 'expired', code: 'SAGE_405', step: 'home' });
    expect(hand.end('home')?.progress).to.be.within(0.01, 0.99);
    await hand.until(() => hand.run.effects?.actions.some(({ kind }) => kind === 'hold') === true, 1);
  });

  it('does not wait for ever: a goal that cannot go on ends and says what it waited for', async () => {
    const kernel = { wait_timeout_s: 5 };
    const blind = new HandRun({ kernel });
    blind.eyes = false;
    blind.say('pick up the red block', 'pick');
    await blind.until(() => blind.end('pick') !== undefined, 12);
    expect(blind.end('pick')).to.include({ status: 'failed', code: 'SAGE_408' });
    expect(blind.end('pick')?.reason).to.include('vision does not answer');

    const held = new HandRun({ kernel });
    held.run.put('emergency_stop', { pressed: true });
    held.say('go home', 'home');
    await held.until(() => held.end('home') !== undefined, 12);
    expect(held.end('home')?.reason).to.include('emergency stop');
  });

  it('does not count against a goal what went wrong with the one before it', async () => {
    const hand = new HandRun({ kernel: { goal_retries: 0 } });
    hand.say('go home', 'home');
    await hand.until(() => hand.run.effects?.actions.some(({ kind }) => kind === 'trajectory') === true);
    hand.run.push = 0.6;
    await hand.until(() => hand.run.kernel.mind.blame !== null, 10);
    hand.say('open the gripper urgently', 'open');
    hand.run.push = 0;
    await hand.until(() => hand.end('open') !== undefined, 30);
    expect(hand.end('open')).to.include({ status: 'satisfied' });
  });

  it('does not take the last opening of fingers for a measurement when their driver has stopped', async () => {
    const hand = new HandRun({ kernel: { wait_timeout_s: 5 } });
    hand.blocks = [seen('red', 0.3, 0.1)];
    hand.thing = 0.5;
    hand.say('pick up the red block', 'pick');
    await hand.until(() => hand.step === 'grasp');
    hand.fingers = false;
    await hand.until(() => hand.run.kernel.mind.situation.fingers_lost);
    expect(hand.run.effects?.report.faults.map(({ code, where }) => `${code} ${where}`)).to.include(
      'SAGE_205 fingers',
    );
    expect(hand.run.kernel.mind.situation.opening).to.equal(null);
    await hand.until(() => hand.end('pick') !== undefined, 20);
    expect(hand.end('pick')).to.include({ status: 'failed', code: 'SAGE_408' });
    expect(hand.end('pick')?.reason).to.include('finger positions are no longer measured');
  });
});
