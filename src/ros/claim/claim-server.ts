import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { type Fault, fault } from '../../contracts/errors.js';
import type { HealthEntry, ReadingSink } from '../../contracts/graph.js';
import type { Parameters } from '../../contracts/parameters/index.js';
import { ARM_TOPIC } from '../blocks/arm.js';
import { FOLLOW_ACTION, FOLLOW_TYPE } from '../follow-client.js';
import { GRIPPER_ACTION } from '../gripper/action-way.js';
import { GRIPPER_TOPIC, GRIPPER_TRAJECTORY } from '../gripper/topic-ways.js';
import type { Publisher, RosNode } from '../node.js';
import { RELIABLE } from '../qos.js';
import { BEAT_MS, Claims, claimSchema, type Rival } from './claims.js';

/** Absolute: nodes of any namespace may command the same robot. */
const TOPIC = '/sage/claim';
const TYPE = 'std_msgs/msg/String';
const SOURCE = 'claim';
/** By then an instance that was there before has answered, ms: discovery takes some 0.2 s, a beat 0.5 s. */
const SETTLED_MS = 1500;

interface Text {
  readonly data: string;
}

/**
 * Says on the graph which effectors this SAGE commands, and looks for another one that commands the same. Where that one
 * was active first, a fault (SAGE_808) stands at the sink until it falls silent; the kernel holds on it.
 */
export class ClaimServer {
  private readonly claims: Claims;
  private readonly publisher: Publisher<Text>;
  private readonly timer: NodeJS.Timeout;
  private readonly begun_ms = performance.now();
  private standing: Fault | null = null;
  private told = '';

  constructor(
    private readonly node: RosNode,
    private readonly sink: ReadingSink,
    parameters: Parameters,
  ) {
    const who = `${node.fullName} on ${hostname()}, process ${process.pid}`;
    this.claims = new Claims(randomUUID(), who, commandsOf(node, parameters));
    this.publisher = node.publisher<Text>(TYPE, TOPIC, RELIABLE);
    node.subscribe<Text>(TYPE, TOPIC, RELIABLE, ({ data }) => this.hear(data));
    this.timer = setInterval(
      node.guard(TOPIC, () => this.say()),
      BEAT_MS,
    );
  }

  /** This instance begins, or ceases, to command the effectors. */
  active(active: boolean): void {
    // Not the clock of ROS: with use_sim_time it may stop, or restart for one of the two.
    this.claims.active(active ? Date.now() : null);
    this.say();
  }

  /** Resolves once an instance that was there before would have been heard: nothing is to be sent earlier. */
  async settled(): Promise<void> {
    const left_ms = SETTLED_MS - (performance.now() - this.begun_ms);
    if (left_ms > 0) await new Promise((resolve) => setTimeout(resolve, left_ms));
    this.look();
  }

  /** One row of /diagnostics while another one waits; its fault says that this one waits. */
  health(): readonly HealthEntry[] {
    const [rival] = this.rivals();
    if (rival === undefined || rival.first) return [];
    const message = `another SAGE is waiting for this arm: ${rival.who}`;
    return [{ name: SOURCE, level: 'warn', message, values: { shared: rival.shared.join(', ') } }];
  }

  close(): void {
    clearInterval(this.timer);
  }

  private hear(data: string): void {
    const claim = claimOf(data);
    if (claim === null) return;
    if (this.claims.hear(claim, performance.now())) this.say();
    else this.look();
  }

  private say(): void {
    this.publisher.publish({ data: JSON.stringify(this.claims.next(performance.now())) });
    this.look();
  }

  private look(): void {
    const [rival] = this.rivals();
    this.log(rival);
    const found = rival?.first === true ? faultOf(rival) : null;
    if (found?.text === this.standing?.text) return;
    this.standing = found;
    this.sink.fault(SOURCE, found);
  }

  /** The one that goes on says so too, once: its own rows are all good. */
  private log(rival: Rival | undefined): void {
    const told = rival === undefined || rival.first ? '' : rival.who;
    if (told !== '' && told !== this.told)
      this.node.log.warn(`another SAGE is waiting for this arm: ${told}; stop it, or give it its own arm`);
    this.told = told;
  }

  private rivals(): readonly Rival[] {
    return this.claims.rivals(performance.now());
  }
}

/** A message of that topic; null where it is something else. */
function claimOf(data: string) {
  try {
    const parsed = claimSchema.safeParse(JSON.parse(data));
    return parsed.success ? parsed.data : null;
  } catch (thrown) {
    // Anybody may publish anything there; what is no claim claims nothing.
    if (thrown instanceof SyntaxError) return null;
    throw thrown;
  }
}

function faultOf({ who, since_ms, shared }: Rival): Fault {
  const since = new Date(since_ms).toISOString().slice(11, 19);
  return fault('SAGE_808', SOURCE, `${who}, active since ${since} UTC, sends to ${shared[0] ?? ''}`);
}

const GRIPPER_NAMES: Readonly<Record<Parameters['robot']['gripper_interface'], readonly string[]>> = {
  auto: [GRIPPER_TOPIC, GRIPPER_TRAJECTORY, GRIPPER_ACTION],
  commands: [GRIPPER_TOPIC],
  trajectory: [GRIPPER_TRAJECTORY],
  gripper_command: [GRIPPER_ACTION],
  parallel_gripper_command: [GRIPPER_ACTION],
};

/** By which names the effectors are commanded, as the graph knows them. */
function commandsOf(node: RosNode, { robot }: Parameters): readonly string[] {
  const byAction = robot.arm_interface !== 'topic' && node.hasInterface(FOLLOW_TYPE);
  const names = [...GRIPPER_NAMES[robot.gripper_interface]];
  if (byAction) names.unshift(FOLLOW_ACTION);
  if (robot.arm_interface !== 'action') names.unshift(ARM_TOPIC);
  return names.map((name) => node.resolve(name));
}
