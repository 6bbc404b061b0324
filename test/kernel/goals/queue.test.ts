import { expect } from 'chai';
import fc from 'fast-check';
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
    queue.end('a', 'satisfied', null, '');
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
    queue.end('b', 'satisfied', null, '');
    queue.choose(3);
    expect(queue.active?.goal_id).to.equal('a');
    expect(statuses(queue)).to.deep.equal([
      'a accepted',
      'a active',
      'b accepted',
      'a preempted',
      'b active',
      'b satisfied',
      'a resumed',
    ]);
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

  it('reports its progress at the end of a goal, whenever that is', () => {
    const queue = new GoalQueue(4);
    queue.accept(said('a', 'pick up the red block', 0, 5));
    queue.choose(1000);
    queue.note('lift', 0.7);
    queue.accept(said('b', 'go home', 9));
    queue.choose(1500);
    queue.choose(6001);
    const expired = queue.takeEvents().find(({ status }) => status === 'expired');
    expect(expired).to.include({ goal_id: 'a', step: 'lift', progress: 0.7, code: 'SAGE_405' });
  });

  it('rejects an active id: its result would be taken for that of the other', () => {
    const queue = new GoalQueue(4);
    queue.accept(said('a', 'go home'));
    expect(queue.accept(said('a', 'pick up the red block'))).to.equal(false);
    expect(queue.takeFaults().map(({ code }) => code)).to.deep.equal(['SAGE_410']);
    expect(queue.standing).to.have.length(1);
  });

  it('pursues by priority, then arrival, though clocks jump; loses none and never holds more than it may', () => {
    const request = fc.oneof(
      fc.record({
        kind: fc.constant('say' as const),
        priority: fc.integer({ min: 0, max: 3 }),
        at_ms: fc.nat(9999),
      }),
      fc.record({ kind: fc.constant('end' as const) }),
      fc.record({ kind: fc.constant('choose' as const) }),
    );
    fc.assert(
      fc.property(
        fc.array(request, { maxLength: 80 }),
        fc.integer({ min: 1, max: 4 }),
        (script, capacity) => {
          const queue = new GoalQueue(capacity);
          const open = new Map<string, { priority: number; arrival: number }>();
          script.forEach((step, arrival) => {
            if (step.kind === 'say') {
              const goal_id = `g${arrival}`;
              if (queue.accept(said(goal_id, 'go home', step.priority, 0, step.at_ms)))
                open.set(goal_id, { priority: step.priority, arrival });
              else expect(queue.standing.length).to.be.at.least(capacity);
            } else if (step.kind === 'end' && queue.active !== null) {
              open.delete(queue.active.goal_id);
              queue.end(queue.active.goal_id, 'satisfied', null, '');
            } else {
              queue.choose(0);
              const first = Math.max(...[...open.values()].map(({ priority }) => priority));
              if (open.size > 0) expect(open.get(queue.active!.goal_id)?.priority).to.equal(first);
            }
            expect([...open.keys()].sort()).to.deep.equal(
              queue.standing.map(({ goal_id }) => goal_id).sort(),
            );
            expect(queue.standing.length).to.be.at.most(capacity + 1);
            const waiting = queue.standing
              .filter(({ goal_id }) => goal_id !== queue.active?.goal_id)
              .map(({ goal_id }) => open.get(goal_id)!);
            const sorted = [...waiting].sort((a, b) => b.priority - a.priority || a.arrival - b.arrival);
            expect(waiting).to.deep.equal(sorted);
          });
          const events = queue.takeEvents();
          const accepted = events.filter(({ status }) => status === 'accepted').length;
          const ended = events.filter(({ status }) => status === 'satisfied').length;
          expect(accepted - ended).to.equal(queue.standing.length);
        },
      ),
    );
  });
});
