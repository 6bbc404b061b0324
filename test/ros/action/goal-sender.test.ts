import { expect } from 'chai';
import { type GoalEnd, GoalSender } from '../../../src/ros/action/goal-sender.js';
import { GOAL_STATUS } from '../../../src/ros/action/goal-status.js';
import { ActionController, turns } from '../fixtures/action-controller.js';

describe('a sender of goals', () => {
  const start = () => {
    const controller = new ActionController();
    const sender = new GoalSender<object>(controller.node(), 'some/action/Move', 'arm/move');
    const ends: [string, GoalEnd<object>][] = [];
    const send = (goal: string) => sender.send({ goal }, (end) => ends.push([goal, end]));
    return { controller, sender, ends, send };
  };

  it('reports the outcome of the newest goal only', async () => {
    const { controller, ends, send } = start();
    send('old');
    await turns();
    send('new');
    await turns();
    await controller.end(GOAL_STATUS.aborted, { what: 'no room' });
    expect(controller.goals).to.deep.equal([{ goal: 'old' }, { goal: 'new' }]);
    expect(ends).to.deep.equal([
      ['new', { kind: 'ended', status: GOAL_STATUS.aborted, result: { what: 'no room' } }],
    ]);
  });

  it('reports a rejected goal, and one whose response is lost', async () => {
    const { controller, ends, send } = start();
    controller.accepts = false;
    send('unwelcome');
    await turns();
    controller.broken = new Error('the client is gone');
    send('lost');
    await turns();
    expect(ends).to.deep.equal([
      ['unwelcome', { kind: 'refused' }],
      ['lost', { kind: 'lost', reason: 'the client is gone' }],
    ]);
  });

  it('reports nothing once it is closed', async () => {
    const { controller, sender, ends, send } = start();
    send('one');
    await turns();
    sender.close();
    await controller.end(GOAL_STATUS.succeeded, {});
    expect(ends).to.deep.equal([]);
  });

  it('goes by the name that the action is remapped to, and is there while a controller serves it', () => {
    const { controller, sender } = start();
    expect(sender.name).to.equal('/robot/arm/move');
    expect(controller.name).to.equal(sender.name);
    expect(sender.available()).to.equal(true);
    controller.serves = false;
    expect(sender.available()).to.equal(false);
  });
});
