import { expect } from 'chai';
import { fault } from '../../src/contracts/errors.js';
import type { GoalEvent } from '../../src/contracts/goal.js';
import type { ArmTrajectory } from '../../src/contracts/motion.js';
import { MindRun, parametersWith } from './mind-run.js';

describe('kernel: an arm that stays behind its plan', () => {
  it('is named once, with the joint, how far it is off, and the unit', async () => {
    const run = new MindRun(
      parametersWith({ robot: { speed_scale: 1 }, metabolism: { crisis_surprise: 1 } }),
    );
    await run.cycles(20);
    run.say();
    const told: string[] = [];
    const reasons: string[] = [];
    run.watch = ({ report, decision }) => {
      for (const { code, text } of report.faults) if (code === 'SAGE_708') told.push(text);
      if (decision !== null) reasons.push(decision.reason);
    };
    run.stuck = true;
    await run.until(() => told.length > 0, 10);
    expect(told[0]).to.match(/^arm not following its trajectory: shoulder_pan is 0\.\d+ rad off its plan$/);
    expect(reasons.join('\n')).to.match(/safety: the arm does not follow: shoulder_pan is 0\.\d+ rad off/);
  });
});

describe('kernel: an arm that its controller slows down', () => {
  const at = (pace: number, slowest_scale: number): MindRun => {
    const run = new MindRun(parametersWith({ robot: { speed_scale: 0.2 }, safety: { slowest_scale } }));
    run.pace = pace;
    return run;
  };

  it('gets home without a crisis where it may be slow, and the goal is satisfied', async () => {
    const run = at(0.3, 0.25);
    await run.cycles(20);
    run.say();
    const ended = await run.until(({ goal_events }) =>
      goal_events.some(({ status }) => status === 'satisfied'),
    );
    expect(ended).to.equal(true);
    expect(run.transitions.map(({ to }) => to)).not.to.include('CRISIS');
  });

  it('does not follow where it may not be, nor where it is slower still', async () => {
    for (const run of [at(0.3, 1), at(0.05, 0.25)]) {
      await run.cycles(20);
      run.say();
      expect(await run.until(() => run.state === 'CRISIS')).to.equal(true);
    }
  });

  it('is still noticed when it leaves its way', async () => {
    const run = at(0.3, 0.25);
    await run.cycles(20);
    run.say();
    await run.until(() => run.arm[0]! < 0.8);
    run.push = 0.6;
    expect(await run.until(() => run.state === 'CRISIS', 1)).to.equal(true);
  });
});

describe('kernel: a controller that does not take a trajectory', () => {
  it('costs the goal an attempt at once, and ends it with what the controller said', async () => {
    const run = new MindRun(parametersWith({ robot: { speed_scale: 0.2 } }));
    await run.cycles(20);
    run.say();
    run.stuck = true;
    const events: GoalEvent[] = [];
    let sent = 0;
    run.watch = ({ actions, goal_events }) => {
      events.push(...goal_events);
      // As the arm block tells it: gone with the next command, back when that one is refused too.
      if (actions.length > 0) run.fault('arm', null);
      for (const { kind } of actions) {
        if (kind !== 'trajectory') continue;
        sent += 1;
        run.fault('arm', fault('SAGE_708', 'arm', 'the controller rejected the trajectory'));
      }
    };
    const begun_s = run.time_s;
    await run.until(() => events.some(({ status }) => status === 'failed'), 10);
    const end = events.at(-1);
    expect(end).to.include({ status: 'failed', code: 'SAGE_708' });
    expect(end?.reason).to.contain('the controller rejected the trajectory, after');
    expect(sent).to.equal(1 + run.kernel.mind.parameters.kernel.goal_retries);
    expect(run.time_s - begun_s).to.be.below(5);
  });
});

describe('kernel: a joint that is stuck', () => {
  it('is named where its goal ends, also where it is off by less than what is a crisis', async () => {
    const run = new MindRun(parametersWith({}));
    run.from = [0.2, -0.1, 1.5, 0.1, 1.5, 0.1];
    run.stuckJoint = 2;
    await run.cycles(20);
    run.say();
    const events: GoalEvent[] = [];
    run.watch = ({ goal_events }) => events.push(...goal_events);
    await run.until(() => events.some(({ status }) => status === 'failed'));
    expect(events.at(-1)).to.include({ status: 'failed', code: 'SAGE_708' });
    expect(events.at(-1)?.reason).to.match(
      /^the arm stopped away from home: elbow is 0\.\d+ rad off its plan, after 4/,
    );
    expect(run.transitions.map(({ to }) => to)).not.to.include('CRISIS');
  });
});

describe('kernel: an arm whose joint states stop under way', () => {
  it('is sent a hold that asks no velocity beyond its limits, wherever on its way it was left', async () => {
    for (const joints_stale_ms of [250, 1500]) {
      const settings = { robot: { speed_scale: 0.8 }, kernel: { joints_stale_ms } };
      const run = new MindRun(parametersWith(settings));
      await run.cycles(20);
      run.say();
      await run.until(() => run.arm[0]! < 1.1);
      // A protective stop: the arm stays where it was measured last.
      const left = run.arm;
      run.joints = false;
      run.stuck = true;
      let hold: ArmTrajectory | null = null;
      run.watch = ({ actions }) => {
        for (const action of actions) if (action.kind === 'hold') hold ??= action.trajectory;
      };
      await run.until(() => hold !== null, 5);
      const end = (hold as ArmTrajectory | null)!.points.at(-1)!;
      const { limits } = run.kernel.mind.situation.body!.context.chain;
      const mean = end.position.map((value, joint) => Math.abs(value - left[joint]!) / end.time_s);
      for (const [joint, { velocity }] of limits.entries()) {
        expect(mean[joint], `joint ${joint}, ${joints_stale_ms} ms`).to.be.at.most(velocity);
      }
    }
  });
});

describe('kernel: an arm that does not hold', () => {
  it('is sent another hold from where it is by then, and the crisis is over once it has come to rest', async () => {
    const run = new MindRun(parametersWith({ robot: { speed_scale: 0.3 } }));
    await run.cycles(20);
    const from = run.arm[0]!;
    run.say();
    await run.until(() => Math.abs(run.arm[0]! - from) > 0.05);
    const holds: { time_s: number; end: number }[] = [];
    run.watch = ({ actions }) => {
      for (const { kind, ...action } of actions) {
        if (kind !== 'hold' || !('trajectory' in action)) continue;
        holds.push({ time_s: run.time_s, end: action.trajectory.points.at(-1)!.position[0]! });
      }
    };
    // The hold is lost on its way, and the arm goes on.
    run.stuck = true;
    run.put('operator', { request: 'stop', argument: '' });
    await run.until(() => holds.length > 1, 5);
    expect(holds.length).to.be.above(1);
    expect(holds[1]!.time_s - holds[0]!.time_s).to.be.above(0.99);
    expect(Math.abs(holds[1]!.end - holds[0]!.end)).to.be.above(0.2);
    expect(holds[1]!.end).to.be.closeTo(run.arm[0]!, 0.1);
    expect(run.state).to.equal('CRISIS');
    expect(await run.until(() => run.state !== 'CRISIS', 20)).to.equal(true);
    const count = holds.length;
    await run.cycles(100);
    expect(holds).to.have.length(count);
  });

  it('is left to whoever moves it later, once it has come to rest', async () => {
    const run = new MindRun(parametersWith({}));
    await run.cycles(20);
    run.put('operator', { request: 'stop', argument: '' });
    let holds = 0;
    run.watch = ({ actions }) => {
      holds += actions.filter(({ kind }) => kind === 'hold').length;
    };
    await run.cycles(40);
    const before = holds;
    run.push = 0.6;
    await run.cycles(100);
    expect(holds).to.equal(before);
  });
});
