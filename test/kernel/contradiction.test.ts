import { expect } from 'chai';
import type { Action } from '../../src/contracts/motion.js';
import { Body } from '../../src/kernel/body.js';
import { ContradictionDetector } from '../../src/kernel/contradiction-detector.js';
import { MindRun, parametersWith } from './mind-run.js';
import { parameters, urdf } from './tabletop.js';

const body = new Body(urdf, parameters);
const posture = (stamp_ms: number, first: number) => ({
  stamp_ms,
  position: body.joints.map((_, joint) => (joint === 0 ? first : 0)),
});

/** Takes what two publishers say, each at its own rate, in the order of time; at the end, which values were believed. */
function heard(
  detector: ContradictionDetector,
  publishers: readonly { readonly every_ms: number; readonly at: (time_ms: number) => number }[],
  until_ms: number,
): ReadonlySet<number> {
  const believed = new Set<number>();
  for (let time_ms = 0; time_ms <= until_ms; time_ms++) {
    for (const { every_ms, at } of publishers) {
      if (time_ms % every_ms !== 0) continue;
      const value = at(time_ms);
      if (detector.take(posture(time_ms, value), body)) believed.add(value);
    }
  }
  return believed;
}

describe('kernel: two publishers of the same joints', () => {
  it('contradict each other at any rates, and only one of them is believed', () => {
    for (const [one_ms, other_ms] of [
      [20, 20],
      [2, 50],
      [100, 10],
      [33, 7],
    ] as const) {
      const detector = new ContradictionDetector();
      const publishers = [
        { every_ms: one_ms, at: () => 0.2 },
        { every_ms: other_ms, at: () => -0.4 },
      ];
      const believed = heard(detector, publishers, 1000);
      expect([...believed], `${one_ms} and ${other_ms} ms`).to.deep.equal([0.2]);
      const found = detector.fault(1000);
      expect(found?.code).to.equal('SAGE_214');
      expect(found?.text).to.match(/shoulder_pan alternates between -0\.4 and 0\.2 rad/);
      expect(detector.fault(3200), 'long after the last one').to.equal(null);
    }
  });

  it('agree where the arm moves as fast as it may, and where stamps come in bursts', () => {
    const limit = body.context.chain.limits[0]!.velocity;
    const swing = (time_ms: number) => limit * 0.2 * Math.sin(time_ms / 200);
    const detector = new ContradictionDetector();
    heard(
      detector,
      [
        { every_ms: 10, at: swing },
        { every_ms: 3, at: swing },
      ],
      5000,
    );
    expect(detector.fault(5000)).to.equal(null);
    for (let time_ms = 5000; time_ms < 9000; time_ms += 5) {
      detector.take(posture(time_ms - (time_ms % 50), swing(time_ms)), body);
    }
    expect(detector.fault(9000)).to.equal(null);
  });

  it('are not what an arm is that was put elsewhere: it is believed soon', () => {
    const detector = new ContradictionDetector();
    const moved = (time_ms: number) => (time_ms < 500 ? 0 : 1);
    expect([...heard(detector, [{ every_ms: 20, at: moved }], 650)]).to.deep.equal([0, 1]);
    expect(detector.fault(650)).to.equal(null);
  });
});

describe('kernel: contradicting joint states', () => {
  /** The arm with a second publisher that has its first joint elsewhere, from a cycle on to another. */
  const contradicted = (from = 40, to = 200): MindRun => {
    const run = new MindRun(parametersWith({ robot: { speed_scale: 0.3 } }));
    let cycle = 0;
    run.eachCycle = () => {
      cycle += 1;
      run.push = cycle > from && cycle < to && cycle % 2 === 0 ? -0.6 : 0;
    };
    return run;
  };
  const holdsOf = (actions: readonly Action[]) =>
    actions.flatMap((action) => (action.kind === 'gripper' ? [] : [action]));

  it('send nothing to an arm at rest, hold it with SAGE_214, and let it go on once they agree', async () => {
    const run = contradicted();
    await run.cycles(41);
    const sent: Action[] = [];
    const codes = new Set<string>();
    run.watch = ({ actions, report }) => {
      sent.push(...holdsOf(actions));
      for (const { code } of report.faults) codes.add(code);
    };
    await run.cycles(60);
    run.say();
    await run.cycles(60);
    expect([...codes]).to.include('SAGE_214');
    expect(run.kernel.mind.situation.held?.code).to.equal('SAGE_214');
    expect(sent).to.deep.equal([]);
    expect(
      await run.until(({ goal_events }) => goal_events.some(({ status }) => status === 'satisfied')),
    ).to.equal(true);
  });

  it('end a goal that waits for them in vain, naming the fault', async () => {
    const run = contradicted(0, 4000);
    await run.cycles(20);
    run.say();
    let reason = '';
    run.watch = ({ goal_events }) => {
      for (const event of goal_events)
        if (event.status === 'failed') reason = `${event.code}: ${event.reason}`;
    };
    await run.until(() => reason !== '', 70);
    expect(reason).to.match(/^SAGE_408: 60 s at home: held: SAGE_214 joint_states: joint states contradict/);
  });

  it('send nothing either where they contradict each other from the first one on', async () => {
    for (const from of [-1, 0]) {
      const run = contradicted(from);
      const sent: Action[] = [];
      run.watch = ({ actions }) => sent.push(...holdsOf(actions));
      await run.cycles(150);
      expect(run.kernel.mind.situation.held?.code).to.equal('SAGE_214');
      expect(sent).to.deep.equal([]);
    }
  });

  it('stop a moving arm where its plan has it, not at either place', async () => {
    const run = contradicted();
    await run.cycles(30);
    run.say();
    let hold: Action | null = null;
    let at = 0;
    run.watch = ({ actions }) => {
      const found = holdsOf(actions).find(({ kind }) => kind === 'hold');
      if (found === undefined || hold !== null) return;
      hold = found;
      at = run.arm[0]!;
    };
    await run.cycles(60);
    const end = (hold as Extract<Action, { kind: 'hold' }> | null)?.trajectory.points.at(-1)?.position[0];
    expect(end).to.be.closeTo(at, 0.1);
  });
});
