import { expect } from 'chai';
import type { GoalReading } from '../../../src/contracts/observation.js';
import { GoalQueue } from '../../../src/kernel/goals/queue.js';

const said = (goal_id: string, text: string, priority = 0, deadline_s = 0, stamp_ms = 1000): GoalReading => ({
  kind: 'goal',
  source: 'goal',
  stamp_ms,
  received_ms: stamp_ms,
  goal_id,
  text,
  priority,
  deadline_s,
});
const statuses = (queue: GoalQueue): string[] =>
  queue.takeEvents().map(({ goal_id, status }) => `${goal_id} ${status}`);

describe('kernel/goals/queue', () => {
  it('takes goals in the order they came, one at a time', () => {
    const queue = new GoalQueue(4);
    queue.accept(said('a', 'go home', 0, 0, 1));
    queue.accept(said('b', 'pick up the red block', 0, 0, 2));
    queue.choose(10);
    expect(queue.active?.goal_id).to.equal('a');
    queue.choose(20);
    expect(queue.active?.goal_id).to.equal('a');
    queue.end('a', 'satisfied', 1, null, '');
    queue.choose(30);
    expect(queue.active?.goal_id).to.equal('b');
    expect(statuses(queue)).to.deep.equal([
      'a accepted',
      'b accepted',
      'a active',
      'a satisfied',
      'b active',
    ]);
  });

  it('lets a higher priority preempt, and comes back to what was preempted', () => {
    const queue = new GoalQueue(4);
    queue.accept(said('a', 'pick up the red block'));
    queue.choose(1);
    queue.accept(said('b', 'go home', 5));
    queue.choose(2);
    expect(queue.active?.goal_id).to.equal('b');
    queue.end('b', 'satisfied', 1, null, '');
    queue.choose(3);
    expect(queue.active?.goal_id).to.equal('a');
    expect(statuses(queue)).to.include.members(['a preempted', 'b active', 'b satisfied']);
  });

  it('ends all others on a stop, and a stop is not itself a goal to pursue', () => {
    const queue = new GoalQueue(4);
    queue.accept(said('a', 'pick up the red block'));
    queue.choose(1);
    queue.accept(said('s', 'stop'));
    expect(queue.busy).to.equal(false);
    expect(statuses(queue)).to.deep.equal(['a accepted', 'a active', 'a cancelled', 's satisfied']);
  });

  it('refuses one more than fits with a code, and loses none it accepted', () => {
    const queue = new GoalQueue(2);
    expect([
      queue.accept(said('a', 'go home')),
      queue.accept(said('b', 'go home')),
      queue.accept(said('c', 'go home')),
    ]).to.deep.equal([true, true, false]);
    expect(queue.standing.map(({ goal_id }) => goal_id)).to.deep.equal(['a', 'b']);
    expect(queue.takeFaults().map(({ code }) => code)).to.deep.equal(['SAGE_406']);
  });

  it('ends a goal whose deadline has passed, active or waiting', () => {
    const queue = new GoalQueue(4);
    queue.accept(said('a', 'go home', 0, 1, 1000));
    queue.accept(said('b', 'go home', 0, 2, 1000));
    queue.choose(1500);
    queue.choose(2500);
    expect(statuses(queue)).to.include('a expired').and.not.include('b expired');
    expect(queue.active?.goal_id).to.equal('b');
    queue.choose(3500);
    expect(queue.busy).to.equal(false);
  });

  it('reports what it did not understand as a rejection with its code', () => {
    const queue = new GoalQueue(4);
    expect(queue.accept(said('a', 'dance'))).to.equal(false);
    const event = queue.takeEvents()[0];
    expect(event?.status).to.equal('rejected');
    expect(event?.code).to.equal('SAGE_401');
  });
});
