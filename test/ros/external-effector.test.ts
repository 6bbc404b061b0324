import { expect } from 'chai';
import { type Fault, fault } from '../../src/contracts/errors.js';
import type { ReadingSink } from '../../src/contracts/graph.js';
import type { Action } from '../../src/contracts/motion.js';
import type { BlockPorts, Effector } from '../../src/ros/block.js';
import { EffectorHealth } from '../../src/ros/effector-health.js';
import { externalEffector, serveEffector } from '../../src/ros/external-effector.js';
import type { RosNode } from '../../src/ros/node.js';
import { parameters } from '../kernel/tabletop.js';

/** Topics between two nodes of one process. A message that is held back comes when it is let go. */
class Bus {
  private readonly heard = new Map<string, ((message: never) => void)[]>();
  private readonly waiting: (() => void)[] = [];
  held = false;

  get node(): RosNode {
    const made = {
      now_ms: () => 0,
      resolve: (name: string) => `/${name}`,
      publisher: (_type: string, topic: string) => ({
        publish: (message: never) => {
          const deliver = () => {
            for (const hear of this.heard.get(topic) ?? []) hear(message);
          };
          if (this.held) this.waiting.push(deliver);
          else deliver();
        },
        subscribers: () => this.heard.get(topic)?.length ?? 0,
      }),
      subscribe: (_type: string, topic: string, _qos: unknown, hear: (message: never) => void) => {
        this.heard.set(topic, [...(this.heard.get(topic) ?? []), hear]);
      },
    };
    return made as unknown as RosNode;
  }

  letGo(): void {
    this.held = false;
    for (const deliver of this.waiting.splice(0)) deliver();
  }
}

const hold = (x: number): Action => ({
  kind: 'trajectory',
  trajectory: {
    joints: ['a'],
    points: [{ time_s: 1, position: [x], velocity: [0], acceleration: [0] }],
  },
  purpose: 'test',
});
const grip: Action = { kind: 'gripper', values: [0.01, 0.02], purpose: 'test' };

/** A main node and a block process, of which the test plays the robot. */
function pair(name: 'arm' | 'gripper', refuse: (action: Action) => Fault | null = () => null) {
  const bus = new Bus();
  const faults: (Fault | null)[] = [];
  const sink: ReadingSink = { put: () => true, fault: (_source, found) => faults.push(found) };
  const done: Action[] = [];
  const main = externalEffector(name, { node: bus.node, sink, parameters } as unknown as BlockPorts);
  let robot: EffectorHealth | null = null;
  const start = () =>
    serveEffector(name, bus.node, (own): Effector => {
      robot = new EffectorHealth(name, own);
      const health = robot;
      return {
        send: (action) => {
          done.push(action);
          health.note(refuse(action));
        },
        health: () => [],
        close: () => {},
      };
    });
  const last = (): unknown => main.health()[0]?.values.last;
  return { bus, main, faults, done, start, last, robot: () => robot! };
}

const aborted = fault('SAGE_708', 'arm', 'controller error -4 (path tolerance violated)');

describe('ros: an effector in its own process', () => {
  it('reports the state of a command to the kernel: accepted, aborted, and fine again with the next', () => {
    const { main, faults, start, robot, last } = pair('arm');
    start();
    main.send(hold(1));
    expect(last()).to.equal('accepted');
    expect(faults.filter(Boolean)).to.deep.equal([]);
    robot().report(aborted);
    expect(faults.at(-1)).to.deep.include({ code: 'SAGE_708', where: 'arm', text: aborted.text });
    expect(last()).to.equal('aborted');
    main.send(hold(2));
    expect(faults.at(-1)).to.equal(null);
    robot().finished();
    expect(last()).to.equal('done');
    expect(main.health()[0]).to.include({ level: 'ok' });
  });

  it('reports what was rejected, and counts it', () => {
    const { main, faults, start } = pair('arm', () => fault('SAGE_709', 'arm', 'a joint is missing'));
    start();
    main.send(hold(1));
    expect(faults.at(-1)).to.include({ code: 'SAGE_709' });
    expect(main.health()[0]?.values).to.include({ refused: 1, last: 'rejected' });
  });

  it('does not attribute feedback on the previous command to the current one', () => {
    const { bus, main, faults, start, robot, last } = pair('arm');
    start();
    main.send(hold(1));
    bus.held = true;
    robot().report(aborted);
    main.send(hold(2));
    bus.letGo();
    expect(faults.filter(Boolean)).to.deep.equal([]);
    expect(last()).to.equal('accepted');
  });

  it('does the same for the gripper', () => {
    const { main, faults, done, start, robot, last } = pair('gripper');
    start();
    main.send(grip);
    expect(done).to.deep.include({ kind: 'gripper', values: [0.01, 0.02], purpose: 'command' });
    robot().report(fault('SAGE_714', 'gripper', 'the controller aborted the command'));
    expect(faults.at(-1)).to.include({ code: 'SAGE_714' });
    expect(last()).to.equal('aborted');
  });

  it('says that no block runs (SAGE_811), and that a command was not answered (SAGE_708)', async () => {
    const { main, faults, start } = pair('arm');
    expect(main.health()[0]).to.include({ level: 'warn' });
    expect(main.health()[0]?.message).to.include('SAGE_811');
    main.send(hold(1));
    const since_ms = performance.now();
    while (performance.now() - since_ms < 1050) await new Promise((resolve) => setTimeout(resolve, 50));
    main.health();
    expect(faults.at(-1)).to.include({ code: 'SAGE_708' });
    start();
    main.send(hold(2));
    expect(faults.at(-1)).to.equal(null);
    expect(main.health()[0]).to.include({ level: 'ok' });
  });
});
