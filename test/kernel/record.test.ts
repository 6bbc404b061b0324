import { expect } from 'chai';
import fc from 'fast-check';
import { DECISION_LIMITS, decisionSchema } from '../../src/contracts/decision.js';
import type { Effects } from '../../src/contracts/effects.js';
import type { Fault } from '../../src/contracts/errors.js';
import { MindRun, parametersWith } from './mind-run.js';

const placeOf = ({ code, where }: Fault): string => `${code} ${where}`;

/** What anybody can see a cycle change, from outside: commands, goals, states, faults that come or go. */
function changed(effects: Effects, before: Effects | null): boolean {
  const was = new Set((before?.report.faults ?? []).map(placeOf));
  const is = new Set(effects.report.faults.map(placeOf));
  const faults = [...is].some((fault) => !was.has(fault)) || [...was].some((fault) => !is.has(fault));
  return effects.actions.length > 0 || effects.goal_events.length > 0 || effects.metabolic.changed || faults;
}

describe('kernel: decision records', () => {
  it('makes none while nothing changes', async () => {
    const run = new MindRun(parametersWith({ metabolism: { profile: 'endurance' } }));
    await run.cycles(40);
    let records = 0;
    for (let cycle = 0; cycle < 1000; cycle++) if ((await run.cycle()).decision !== null) records += 1;
    expect(records).to.equal(0);
  });

  it('makes one for each command, with what was salient, considered, spent, chosen and why', async () => {
    const run = new MindRun(parametersWith({}));
    await run.cycles(5);
    run.say();
    expect(await run.until(({ actions }) => actions.some(({ kind }) => kind === 'trajectory'))).to.equal(
      true,
    );
    const decision = run.effects?.decision ?? null;
    expect(decision).to.not.equal(null);
    expect(decisionSchema.parse(decision)).to.deep.equal(decision);
    expect(decision?.action).to.equal('go home');
    expect(decision?.goal).to.include({ goal_id: 'g1', step: 'home' });
    const joints = decision?.salience.find(({ source }) => source === 'joints');
    expect(joints).to.have.all.keys(
      'source',
      'surprise',
      'novelty',
      'arousal',
      'reward',
      'conflict',
      'combined',
    );
    expect(decision?.trust).to.have.property('trajectory');
    const budget = decision?.budget;
    expect(budget?.since_atp)
      .to.be.above(0)
      .and.at.most(budget?.spent_atp ?? 0);
    const { total_atp = 0, allocated_atp = 0, reserve_atp = 0, spent_atp = 0 } = budget ?? {};
    expect(allocated_atp + reserve_atp + spent_atp).to.be.closeTo(total_atp, 1e-9);
  });

  it('says what a refinement has spent and what it considered while it runs', async () => {
    const run = new MindRun(parametersWith({}));
    await run.cycles(5);
    run.say();
    const { decision: begun } = await run.cycle();
    const option = begun?.considered.find(({ plugin }) => plugin === 'trajectory');
    expect(option)
      .to.include({ chosen: true })
      .and.to.have.property('reason')
      .that.includes('goal need 1.00');
    expect(begun?.budget.shares).to.have.property('effector').above(0);
    await run.until(({ actions }) => actions.length > 0);
    const decision = run.effects?.decision;
    expect(decision?.spent.trajectory).to.be.above(0);
    expect(decision?.energies).to.have.property('trajectory');
  });

  it('reports the goal even while the robot is held', async () => {
    const run = new MindRun(parametersWith({}));
    await run.cycles(5);
    run.say();
    await run.until(({ actions }) => actions.length > 0);
    run.put('emergency_stop', { pressed: true });
    await run.until(({ actions }) => actions.some(({ kind }) => kind === 'hold'));
    expect(run.effects?.decision?.goal).to.include({ text: 'go home', step: 'home' });
    expect(run.effects?.decision?.action).to.include('emergency stop');
  });

  it('says once what the gate refuses again and again', async () => {
    const parameters = parametersWith({});
    const run = new MindRun(parameters);
    await run.cycles(5);
    // A gripper that has another number of values than its open posture: refused in every cycle.
    parameters.robot.gripper_closed = [0];
    parameters.robot.gripper_open = [Number.NaN];
    run.say('open the gripper');
    const refusals: string[] = [];
    for (let cycle = 0; cycle < 15; cycle++) {
      const { decision } = await run.cycle();
      for (const { code } of decision?.rejected ?? []) refusals.push(code);
    }
    expect(refusals).to.deep.equal(['SAGE_703']);
  });

  it('makes exactly one for each cycle that changes something, bounded, whatever happens', async () => {
    const deed = fc.constantFrom(
      'home',
      'nonsense',
      'stop',
      'cancel',
      'joints off',
      'joints on',
      'pushed',
      'stuck',
      'emergency',
      'released',
      'REST',
      'WAKE',
      'strange',
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ deed, cycles: fc.integer({ min: 1, max: 25 }) }), { maxLength: 12 }),
        async (script) => {
          const run = new MindRun(parametersWith({}));
          run.sources.set('ear', () => new Float32Array([0.5, 0.5]));
          let before: Effects | null = null;
          const ids = new Set<string>();
          for (const { deed: what, cycles } of [{ deed: '', cycles: 10 }, ...script]) {
            perform(run, what);
            for (let cycle = 0; cycle < cycles; cycle++) {
              const effects = await run.cycle();
              const { decision } = effects;
              if (changed(effects, before)) expect(decision, what).to.not.equal(null);
              else expect(decision === null || decision.rejected.length > 0, what).to.equal(true);
              before = effects;
              if (decision === null) continue;
              expect(ids.has(decision.decision_id)).to.equal(false);
              ids.add(decision.decision_id);
              expect(decision.cycle).to.equal(effects.report.cycle);
              expect(decision.reason).to.not.equal('');
              expect(decision.reason.length).to.be.at.most(DECISION_LIMITS.reason_characters);
              expect(JSON.stringify(decision).length).to.be.below(64_000);
            }
          }
        },
      ),
      { numRuns: 25 },
    );
  });
});

function perform(run: MindRun, deed: string): void {
  if (deed === 'home') run.say();
  else if (deed === 'nonsense') run.say('sing');
  else if (deed === 'stop') run.say('stop');
  else if (deed === 'cancel') run.put('operator', { request: 'cancel', argument: 'g1' });
  else if (deed === 'joints off' || deed === 'joints on') run.joints = deed === 'joints on';
  else if (deed === 'pushed') run.push = 0.5 - run.push;
  else if (deed === 'stuck') run.stuck = !run.stuck;
  else if (deed === 'emergency') run.put('emergency_stop', { pressed: true });
  else if (deed === 'released') run.put('emergency_stop', { pressed: false });
  else if (deed === 'REST' || deed === 'WAKE') run.request(deed);
  else if (deed === 'strange')
    run.sources.set('ear', (time_s) => new Float32Array([Math.sin(time_s * 50), time_s]));
}
