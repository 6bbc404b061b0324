import { messageOf, SageError } from '../contracts/errors.js';
import { walkParameters } from '../contracts/parameter-walk.js';
import type { Parameters } from '../contracts/parameters/index.js';
import { parametersSchema } from '../contracts/parameters/index.js';
import { Microphone, SOUND_RATE_HZ } from '../sim/microphone.js';
import { type SimCommand, simCommandSchema } from '../sim/physics/faults.js';
import { worldOptions } from '../sim/robot/options.js';
import { ARM_JOINTS } from '../sim/robot/tabletop.js';
import { Schedule } from '../sim/schedule.js';
import { TabletopWorld } from '../sim/world.js';
import { openRos, type RosContext } from './context.js';
import type { Float64MultiArrayMessage, JointTrajectoryMessage, Stamp } from './messages.js';
import type { Publisher, RosNode } from './node.js';
import { plainOverrides } from './parameter-message.js';
import { serveParameters } from './parameter-services.js';
import { applyOverrides, ParameterStore } from './parameter-store.js';
import { IMAGE, LATCHED, RELIABLE, SENSOR } from './qos.js';
import { SimCamera } from './sim-camera.js';
import { batteryMessage, JointStateCdr, poseMessage, trajectoryOf } from './sim-messages.js';
import { msToStamp, stampToMs } from './stamps.js';

const NODE_NAME = 'tabletop';
/** The ground truth is sent this often, and at once when something happened, s. */
const TRUTH_S = 0.1;
const BATTERY_S = 1;
/** Samples that are sent at once: 50 ms. */
const PIECE = SOUND_RATE_HZ / 20;
/** The world catches up at most this much after a pause of the process; the rest is lost, s. */
const CATCH_UP_MAX_S = 0.2;
/** World time zero as a stamp, s: a stamp of zero means unset. */
const EPOCH_S = 1;
const COMMAND_LENGTH_MAX = 4096;
/** Refusals and bugs that are logged at most, each. */
const LOGGED_MAX = 50;

interface Topics {
  readonly image: Publisher<Buffer>;
  readonly cameraInfo: Publisher<Buffer>;
  readonly joints: Publisher<Buffer>;
  readonly cameraPose: Publisher<object>;
  readonly description: Publisher<object>;
  readonly battery: Publisher<object>;
  readonly emergencyStop: Publisher<object>;
  readonly truth: Publisher<object>;
  readonly sound: Publisher<object> | null;
  readonly clock: Publisher<object> | null;
}

function topicsOf(node: RosNode, { sim }: Parameters, with_clock: boolean): Topics {
  return {
    image: node.publisher('sensor_msgs/msg/Image', 'camera/image_raw', IMAGE),
    cameraInfo: node.publisher('sensor_msgs/msg/CameraInfo', 'camera/camera_info', SENSOR),
    joints: node.publisher('sensor_msgs/msg/JointState', 'joint_states', SENSOR),
    cameraPose: node.publisher('geometry_msgs/msg/PoseStamped', 'camera/pose', LATCHED),
    description: node.publisher('std_msgs/msg/String', 'robot_description', LATCHED),
    battery: node.publisher('sensor_msgs/msg/BatteryState', 'battery_state', RELIABLE),
    emergencyStop: node.publisher('std_msgs/msg/Bool', 'emergency_stop', LATCHED),
    truth: node.publisher('std_msgs/msg/String', 'sim/ground_truth', RELIABLE),
    sound: sim.microphone ? node.publisher('sage/msg/AudioChunk', 'audio/in', SENSOR) : null,
    clock: with_clock ? node.publisher('rosgraph_msgs/msg/Clock', '/clock', RELIABLE) : null,
  };
}

/** The tabletop world on the graph, on the topics of a real robot, in real time. */
class SimNode {
  private readonly topics: Topics;
  private world!: TabletopWorld;
  private schedule!: Schedule;
  private camera!: SimCamera;
  private joints!: JointStateCdr;
  private microphone!: Microphone;
  private timer: NodeJS.Timeout | null = null;
  private last_ms = performance.now();
  private joints_ms = performance.now();
  private frame_ms = performance.now();
  private truth_s = 0;
  private battery_s = 0;
  /** World time up to which was heard, s. */
  private heard_s = 0;
  private happened = '';
  private stop_sent: boolean | null = null;
  private logged = 0;

  constructor(
    private readonly node: RosNode,
    private readonly parameters: Parameters,
    with_clock: boolean,
    private readonly fail: (error: Error) => void,
  ) {
    this.topics = topicsOf(node, parameters, with_clock);
    this.begin(parameters.sim.seed);
    node.subscribe<JointTrajectoryMessage>(
      'trajectory_msgs/msg/JointTrajectory',
      'arm_controller/joint_trajectory',
      RELIABLE,
      (message) => this.onTrajectory(message),
    );
    node.subscribe<Float64MultiArrayMessage>(
      'std_msgs/msg/Float64MultiArray',
      'gripper_controller/commands',
      RELIABLE,
      ({ data }) => this.refused(this.world.sendGripper(Array.from(data))?.text ?? null),
    );
    node.subscribe<{ readonly data: string }>('std_msgs/msg/String', 'sim/command', RELIABLE, ({ data }) =>
      this.onCommand(data),
    );
    this.plan();
  }

  async close(): Promise<void> {
    if (this.timer !== null) clearTimeout(this.timer);
    await this.camera.close();
  }

  /** A world of this seed from now on. */
  private begin(seed: number): void {
    const { sim, robot } = this.parameters;
    const home = sim.urdf === '' && robot.home.length === ARM_JOINTS.length ? { home: robot.home } : {};
    this.world = new TabletopWorld({ ...worldOptions(this.parameters), seed, ...home });
    this.schedule = new Schedule(sim, this.world);
    this.camera = new SimCamera(this.world, this.topics.image, this.topics.cameraInfo, this.fail);
    this.joints = new JointStateCdr(this.world.jointState().names);
    this.microphone = new Microphone(seed);
    [this.truth_s, this.battery_s, this.heard_s] = [0, 0, 0];
    [this.happened, this.stop_sent] = ['', null];
    const stamp = this.stamp();
    this.topics.description.publish({ data: this.world.urdf });
    this.topics.cameraPose.publish(poseMessage(this.world.cameraPose, this.world.base_frame, stamp));
  }

  private stamp(): Stamp {
    if (this.topics.clock === null) return msToStamp(this.node.now_ms());
    return msToStamp((EPOCH_S + this.world.time_s) * 1000);
  }

  /** Plans the next step for when joint states or a frame are due on the wall clock, so that lateness does not add up. */
  private plan(): void {
    const wait_ms = Math.min(this.joints_ms, this.frame_ms) - performance.now();
    this.timer = setTimeout(
      this.node.guard('tabletop', () => {
        this.step();
        this.plan();
      }),
      Math.max(0, wait_ms),
    );
  }

  private step(): void {
    const now_ms = performance.now();
    this.world.step(Math.min(CATCH_UP_MAX_S, (now_ms - this.last_ms) / 1000));
    this.last_ms = now_ms;
    this.schedule.step();
    const stamp = this.stamp();
    this.topics.clock?.publish({ clock: stamp });
    const { joint_rate_hz, camera_rate_hz } = this.parameters.sim;
    // timers wake up to a millisecond early
    if (now_ms + 1 >= this.joints_ms) {
      this.joints_ms = nextDue(this.joints_ms, now_ms, 1000 / joint_rate_hz);
      const { position, velocity } = this.world.jointState();
      this.joints.set(stamp, position, velocity);
      this.topics.joints.publish(this.joints.message);
      this.sendState(stamp);
    }
    if (now_ms + 1 >= this.frame_ms) {
      this.frame_ms = nextDue(this.frame_ms, now_ms, 1000 / camera_rate_hz);
      this.camera.tick(stamp);
    }
  }

  private sendState(stamp: Stamp): void {
    if (this.world.time_s >= this.battery_s) {
      this.battery_s = this.world.time_s + BATTERY_S;
      this.topics.battery.publish(batteryMessage(this.world.battery, stamp));
    }
    if (this.stop_sent !== this.world.emergency_stop) {
      this.stop_sent = this.world.emergency_stop;
      this.topics.emergencyStop.publish({ data: this.stop_sent });
    }
    this.sendSound(stamp);
    this.sendTruth(stamp);
  }

  /** What was heard since the piece before, once it is a piece. */
  private sendSound(now: Stamp): void {
    const count = Math.floor((this.world.time_s - this.heard_s) * SOUND_RATE_HZ);
    if (this.topics.sound === null || count < PIECE) return;
    const passed_ms = (this.world.time_s - this.heard_s) * 1000;
    this.heard_s += count / SOUND_RATE_HZ;
    this.topics.sound.publish({
      header: { stamp: msToStamp(stampToMs(now) - passed_ms), frame_id: 'microphone' },
      sample_rate_hz: SOUND_RATE_HZ,
      channels: 1,
      samples: this.microphone.hear(count, this.world.sounding),
    });
  }

  private sendTruth(stamp: Stamp): void {
    const truth = this.world.truth();
    const { blocks, violation_count, hand_present, moving, emergency_stop } = truth;
    const { trajectories_accepted, trajectories_rejected } = truth;
    const facts = [violation_count, hand_present, moving, emergency_stop, trajectories_accepted];
    const happened = [...facts, trajectories_rejected, ...blocks.map(({ held }) => held)].join();
    if (happened === this.happened && truth.time_s < this.truth_s) return;
    this.happened = happened;
    this.truth_s = truth.time_s + TRUTH_S;
    this.topics.truth.publish({
      data: JSON.stringify({
        stamp_s: stampToMs(stamp) / 1000,
        hand_first_frame_stamp_s: this.camera.hand_stamp_s,
        camera: this.camera.totals,
        ...truth,
      }),
    });
  }

  private onTrajectory(message: JointTrajectoryMessage): void {
    const start_ms = stampToMs(message.header.stamp);
    const delay_s = start_ms === 0 ? 0 : (start_ms - stampToMs(this.stamp())) / 1000;
    const trajectory = trajectoryOf(message);
    const last_s = trajectory.points.at(-1)?.time_s ?? 0;
    if (start_ms !== 0 && delay_s + last_s < 0) this.refused(`it ended ${-(delay_s + last_s)} s ago`);
    else this.refused(this.world.sendTrajectory(trajectory, delay_s)?.text ?? null);
  }

  private onCommand(text: string): void {
    try {
      const command = commandOf(text);
      if (command.reset_seed !== undefined) {
        const { camera } = this;
        this.begin(command.reset_seed);
        void camera.close();
      }
      this.world.obey(command);
    } catch (thrown) {
      this.refused(messageOf(thrown));
    }
  }

  private refused(why: string | null): void {
    if (why !== null && ++this.logged <= LOGGED_MAX) this.node.inner.getLogger().warn(`refused: ${why}`);
  }
}

/** The next time on the grid of `due_ms`; the grid restarts if several were missed. */
function nextDue(due_ms: number, now_ms: number, period_ms: number): number {
  const next = due_ms + period_ms;
  return next < now_ms - period_ms ? now_ms + period_ms : next;
}

/** @throws SyntaxError where it is not JSON, SageError SAGE_208 where it is no command. */
function commandOf(text: string): SimCommand {
  if (text.length > COMMAND_LENGTH_MAX) {
    throw new SageError('SAGE_208', 'sim/command', `${text.length} characters are too many`);
  }
  const { data, error } = simCommandSchema.safeParse(JSON.parse(text));
  if (data !== undefined) return data;
  const details = error.issues.map(({ path, message }) => `${path.join('.') || 'command'}: ${message}`);
  throw new SageError('SAGE_208', 'sim/command', details.join('; '));
}

/** A world that runs on the graph. */
export interface RunningSim {
  readonly node: string;
  readonly domain_id: number;
  /** Of its first world. */
  readonly seed: number;
  /** Rejects when the world cannot go on. */
  readonly failed: Promise<never>;
  close(): Promise<void>;
}

/**
 * Puts the tabletop world on the graph. With `sim.publish_clock` or `use_sim_time` it also publishes /clock, and
 * stamps everything with the time of the world.
 * Throws what openRos and applyOverrides throw.
 */
export async function openSim(parameters: Parameters, rosArgs: readonly string[]): Promise<RunningSim> {
  let bugs = 0;
  const ros: RosContext = await openRos(rosArgs, NODE_NAME, (where, text) => {
    if (++bugs <= LOGGED_MAX) process.stderr.write(`a callback threw: ${where}: ${text}\n`);
  });
  try {
    const node = ros.createNode(NODE_NAME);
    const leaves = walkParameters(parametersSchema);
    const own = applyOverrides(parameters, plainOverrides(node), leaves);
    // the world reads its parameters at its start; what changes while it runs comes on sim/command
    const fixed = leaves.map((leaf) => ({ ...leaf, live: false }));
    serveParameters(node, new ParameterStore(fixed, own, () => null));
    const sim_time = node.inner
      .getParameterOverrides()
      .some(({ name, value }) => name === 'use_sim_time' && value === true);
    let fail: (error: Error) => void = () => {};
    const failed = new Promise<never>((_, reject) => {
      fail = (error) =>
        reject(new SageError('SAGE_802', 'rendering thread', error.message, { cause: error }));
    });
    const sim = new SimNode(node, own, own.sim.publish_clock || sim_time, fail);
    node.spin();
    const close = async (): Promise<void> => {
      await sim.close();
      ros.close();
    };
    return { node: node.name, domain_id: ros.domain_id, seed: own.sim.seed, failed, close };
  } catch (thrown) {
    ros.close();
    throw thrown;
  }
}
