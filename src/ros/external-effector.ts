import { type ErrorCode, type Fault, fault } from '../contracts/errors.js';
import type { HealthEntry, ReadingSink } from '../contracts/graph.js';
import type { Action } from '../contracts/motion.js';
import { span } from '../contracts/readable.js';
import type { BlockPorts, EffectingBlockName, Effector } from './block.js';
import { EffectorHealth } from './effector-health.js';
import type { EffectorStatusMessage, Float64MultiArrayMessage, JointTrajectoryMessage } from './messages.js';
import type { Publisher, RosNode } from './node.js';
import { headerAt } from './outgoing.js';
import { RELIABLE } from './qos.js';
import { trajectoryMessage, trajectoryOf } from './trajectory-message.js';

const STATUS_TYPE = 'sage/msg/EffectorStatus';
const STATUS_TOPIC = 'sage/effector_status';
const TRAJECTORY_TYPE = 'trajectory_msgs/msg/JointTrajectory';
const VALUES_TYPE = 'std_msgs/msg/Float64MultiArray';
/** Text of a status that says that the robot has done what it was sent. */
const DONE = 'done';
/** A block in a process of its own has to answer a command within this time, ms. */
const ANSWER_MAX_MS = 1000;

const topicOf = (name: EffectingBlockName): string => `sage/command/${name}`;

/**
 * The main node's end of an effecting block that runs elsewhere. Commands go out with a number; its status comes back
 * with the number of the command that it is about: accepted or rejected at once, aborted or done when the robot says so.
 * Feedback on an older command is ignored. A command without any response is a fault.
 */
export function externalEffector(name: EffectingBlockName, { node, sink }: BlockPorts): Effector {
  const health = new EffectorHealth(name, sink);
  const topic = topicOf(name);
  const out = commandsTo(name, node);
  let newest = 0;
  let accepted = false;
  let unanswered_since_ms: number | null = null;
  node.subscribe<EffectorStatusMessage>(STATUS_TYPE, STATUS_TOPIC, RELIABLE, (status) => {
    if (status.block !== name || status.header.frame_id !== String(newest)) return;
    unanswered_since_ms = null;
    const { code, text } = status;
    if (status.accepted) {
      if (text === DONE) health.finished();
      else if (!accepted) health.note(null);
      accepted = true;
      return;
    }
    const found: Fault = { code: code as ErrorCode, where: name, text };
    if (accepted) health.report(found);
    else health.note(found);
  });
  return {
    send(action) {
      if ((action.kind === 'gripper') !== (name === 'gripper')) return;
      newest += 1;
      accepted = false;
      unanswered_since_ms = performance.now();
      out.send(action, String(newest));
    },
    health: (): readonly HealthEntry[] => {
      const running = out.subscribers() > 0;
      health.warn(
        running ? null : fault('SAGE_811', name, `${node.resolve(topic)}: no sage block ${name} is running`),
      );
      const waited_ms = unanswered_since_ms === null ? 0 : performance.now() - unanswered_since_ms;
      if (waited_ms > ANSWER_MAX_MS) {
        unanswered_since_ms = null;
        health.report(fault('SAGE_708', name, `sage block ${name} did not answer for ${span(waited_ms)}`));
      }
      return [health.entry({ topic, block_running: running })];
    },
    close: () => {},
  };
}

interface Commands {
  /** Sends an action of the block's kind under a number. */
  send(action: Action, number: string): void;
  subscribers(): number;
}

function commandsTo(name: EffectingBlockName, node: RosNode): Commands {
  if (name === 'arm') {
    const out: Publisher<JointTrajectoryMessage> = node.publisher(TRAJECTORY_TYPE, topicOf(name), RELIABLE);
    return {
      subscribers: () => out.subscribers(),
      send(action, number) {
        if (action.kind === 'gripper') return;
        const message = trajectoryMessage(action.trajectory);
        out.publish({ ...message, header: { ...message.header, frame_id: number } });
      },
    };
  }
  const out: Publisher<Float64MultiArrayMessage> = node.publisher(VALUES_TYPE, topicOf(name), RELIABLE);
  return {
    subscribers: () => out.subscribers(),
    send(action, number) {
      if (action.kind !== 'gripper') return false;
      const { values } = action;
      const layout = { dim: [{ label: number, size: values.length, stride: values.length }], data_offset: 0 };
      out.publish({ layout, data: Float64Array.from(values) });
      return true;
    },
  };
}

/**
 * The block's end: takes commands from the main node and tells what becomes of each with EffectorStatus: at once whether
 * it was sent on, and later what the robot says.
 * @param make makes the block that does it, with the sink to which it tells its faults
 */
export function serveEffector(
  name: EffectingBlockName,
  node: RosNode,
  make: (sink: ReadingSink) => Effector,
): Effector {
  const status = node.publisher<EffectorStatusMessage>(STATUS_TYPE, STATUS_TOPIC, RELIABLE);
  let last: Fault | null = null;
  let number = '';
  let taking = false;
  const tell = (text: string): void =>
    status.publish({
      header: headerAt(node.now_ms(), number),
      block: name,
      accepted: last === null,
      code: last?.code ?? '',
      text: last?.text ?? text,
    });
  const effector = make({
    put: () => true,
    fault: (_source, found) => {
      last = found;
      if (!taking) tell(DONE);
    },
  });
  const take = (action: Action, command: string): void => {
    number = command;
    taking = true;
    try {
      effector.send(action);
    } finally {
      taking = false;
    }
    tell('');
  };
  const topic = topicOf(name);
  if (name === 'arm') {
    node.subscribe<JointTrajectoryMessage>(TRAJECTORY_TYPE, topic, RELIABLE, (message) =>
      take(
        { kind: 'trajectory', trajectory: trajectoryOf(message), purpose: 'command' },
        message.header.frame_id,
      ),
    );
  } else {
    node.subscribe<Float64MultiArrayMessage>(VALUES_TYPE, topic, RELIABLE, ({ data, layout }) =>
      take({ kind: 'gripper', values: Array.from(data), purpose: 'command' }, layout.dim[0]?.label ?? ''),
    );
  }
  return effector;
}
