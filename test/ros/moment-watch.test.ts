import { expect } from 'chai';
import { MomentWatch } from '../../src/ros/moment-watch.js';
import type { RosNode } from '../../src/ros/node.js';

const ERROR = 2;
const WARN = 1;

/** A watch on a graph where the test says everything, and the reasons it told. */
function watched() {
  const callbacks = new Map<string, (message: unknown) => void>();
  const graph = { now_ms: 10_000, publishers: 1 };
  const node = {
    subscribe: (_type: string, topic: string, _qos: unknown, callback: (message: unknown) => void) =>
      callbacks.set(topic, callback),
    countPublishers: () => graph.publishers,
  } as unknown as RosNode;
  const told: string[] = [];
  const clock = { now_ms: () => graph.now_ms, close: () => undefined };
  const watch = new MomentWatch(node, clock, (reason) => told.push(reason));
  const say = (name: string): void => callbacks.get('sage/metabolic_state')!({ name });
  const row = (name: string, level: number, message: string): void =>
    callbacks.get('diagnostics')!({ status: [{ level, name, message, hardware_id: '', values: [] }] });
  return { watch, graph, told, say, row };
}

describe('moments that a black box is kept for', () => {
  it('are a turn to CRISIS, and not one that stood before', () => {
    const { told, say } = watched();
    for (const name of ['CRISIS', 'CRISIS', 'WAKE', 'CRISIS', 'CRISIS']) say(name);
    expect(told).to.deep.equal(['CRISIS']);
  });

  it('are a row that turns to ERROR, once, whoever else speaks on /diagnostics', () => {
    const { graph, told, row } = watched();
    for (let second = 0; second < 5; second++) {
      row('sage: camera', ERROR, 'SAGE_205 source stale');
      row('sage_recorder: recording', WARN, 'SAGE_1030 recording dropped messages');
      graph.now_ms += 1000;
    }
    row('motor: elbow', ERROR, 'too hot');
    row('sage: camera', ERROR, 'SAGE_202 image format');
    expect(told).to.deep.equal([
      'fault sage: camera SAGE_205',
      'fault motor: elbow',
      'fault sage: camera SAGE_202',
    ]);
  });

  it('are the same fault again only after a while', () => {
    const { graph, told, row } = watched();
    for (const wait_ms of [0, 4000, 9000, 11_000]) {
      graph.now_ms += wait_ms;
      row('motor: elbow', ERROR, 'too hot');
      row('motor: elbow', 0, 'fine');
    }
    expect(told).to.have.length(2);
  });

  it('are a node that says nothing any more and has not left', () => {
    const { watch, graph, told, say } = watched();
    watch.look();
    say('WAKE');
    graph.now_ms += 2900;
    watch.look();
    expect(told).to.deep.equal([]);
    graph.now_ms += 200;
    for (let count = 0; count < 3; count++) watch.look();
    expect(told).to.deep.equal(['sage is silent']);
    say('WAKE');
    graph.publishers = 0;
    graph.now_ms += 4000;
    watch.look();
    expect(told).to.have.length(1);
  });
});
