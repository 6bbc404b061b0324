import { expect } from 'chai';
import { fault } from '../../src/contracts/errors.js';
import type { ArmTrajectory } from '../../src/contracts/motion.js';
import { type GateContext, gate } from '../../src/kernel/gate.js';

const trajectory = (...times_s: number[]): ArmTrajectory => ({
  joints: ['a', 'b'],
  points: times_s.map((time_s) => ({ time_s, position: [0, 0], velocity: [0, 0], acceleration: [0, 0] })),
});
const open: GateContext = {
  held: null,
  joints_fresh: true,
  check: () => [],
  gripper_values: 2,
  check_gripper: () => [],
};
const move = { kind: 'trajectory', trajectory: trajectory(0.5, 1), purpose: 'move' } as const;

describe('kernel/gate', () => {
  it('passes a checked motion on fresh data', () => {
    expect(gate(move, open)).to.deep.equal({ action: move, rejected: [] });
  });

  it('refuses every motion and every grip while something holds the robot, and names it', () => {
    const held = { ...open, held: fault('SAGE_707', 'emergency_stop', 'pressed') };
    for (const action of [move, { kind: 'gripper', values: [0, 0], purpose: 'close' } as const]) {
      const verdict = gate(action, held);
      expect(verdict.action).to.equal(null);
      expect(verdict.rejected[0]?.code).to.equal('SAGE_707');
    }
  });

  it('lets a hold pass whatever holds the robot, but not a malformed one', () => {
    const held = { ...open, held: fault('SAGE_707', 'metabolism', 'crisis'), joints_fresh: false };
    const refused = gate({ kind: 'gripper', values: [0, 0], purpose: 'open' }, held).rejected;
    expect(refused.map(({ text }) => text)).to.deep.equal(['motion refused: held: crisis']);
    const hold = { kind: 'hold', trajectory: trajectory(0.2), purpose: 'hold' } as const;
    expect(gate(hold, held).action).to.equal(hold);
    for (const bad of [trajectory(), trajectory(0), trajectory(Number.NaN), trajectory(1, 0.5)]) {
      expect(gate({ ...hold, trajectory: bad }, held).rejected[0]?.code).to.equal('SAGE_703');
    }
  });

  it('refuses a motion on stale joint states', () => {
    expect(gate(move, { ...open, joints_fresh: false }).rejected[0]?.code).to.equal('SAGE_706');
  });

  it('refuses what the independent check objects to', () => {
    const collides = fault('SAGE_705', 'link3', 'table');
    expect(gate(move, { ...open, check: () => [collides] })).to.deep.equal({
      action: null,
      rejected: [collides],
    });
  });

  it('refuses gripper values that are not finite or of the wrong number', () => {
    for (const values of [[0], [0, Number.NaN], [0, 0, 0]]) {
      expect(gate({ kind: 'gripper', values, purpose: 'close' }, open).rejected[0]?.code).to.equal(
        'SAGE_703',
      );
    }
  });

  it('refuses gripper values that the limits of the fingers do not allow', () => {
    const beyond = fault('SAGE_713', 'gripper', 'too wide');
    const close = { kind: 'gripper', values: [0, 0], purpose: 'close' } as const;
    expect(gate(close, { ...open, check_gripper: () => [beyond] })).to.deep.equal({
      action: null,
      rejected: [beyond],
    });
  });
});
