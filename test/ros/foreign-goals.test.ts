import { expect } from 'chai';
import { ForeignGoals, type StatusArray } from '../../src/ros/foreign-goals.js';

const ACCEPTED = 1;
const EXECUTING = 2;
const SUCCEEDED = 4;
const uuid = (byte: number): Uint8Array => new Uint8Array(16).fill(byte);
/** Goals by id and status. */
const statuses = (...goals: readonly (readonly [number, number])[]): StatusArray => ({
  status_list: goals.map(([byte, status]) => ({ goal_info: { goal_id: { uuid: uuid(byte) } }, status })),
});

describe('goals of other nodes', () => {
  it('are distinguished from our own during execution and shortly after', () => {
    const goals = new ForeignGoals('/arm/follow');
    goals.sent(uuid(1));
    goals.heard(statuses([1, EXECUTING], [2, ACCEPTED], [3, SUCCEEDED]), 0);
    expect(goals.fault(0)).to.equal(null);
    goals.heard(statuses([1, EXECUTING], [2, EXECUTING]), 1000);
    goals.heard(statuses([2, EXECUTING]), 2000);
    const found = { code: 'SAGE_712', text: 'another node commands the arm: 1 goal at /arm/follow so far' };
    expect(goals.fault(60_000)).to.include(found);
    goals.heard(statuses([2, SUCCEEDED], [1, EXECUTING]), 60_000);
    expect(goals.fault(69_000)).to.include(found);
    expect(goals.fault(71_000)).to.equal(null);
    goals.heard(statuses([4, EXECUTING]), 80_000);
    expect(goals.fault(80_000)?.text).to.include('2 goals');
  });

  it('are not reported forever when the controller disappears without ending them', () => {
    const goals = new ForeignGoals('/arm/follow');
    goals.heard(statuses([2, EXECUTING]), 0);
    goals.gone();
    expect(goals.fault(9000)).to.not.equal(null);
    expect(goals.fault(11_000)).to.equal(null);
  });
});
