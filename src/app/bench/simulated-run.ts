import type { Effects } from '../../contracts/effects.js';
import type { GoalEvent } from '../../contracts/goal.js';
import type { InferencePort } from '../../contracts/inference.js';
import type { Parameters } from '../../contracts/parameters/index.js';
import { createVirtualRunner, jobOptions, type VirtualRunner } from '../../irp/index.js';
import type { Kernel } from '../../kernel/kernel.js';
import { LatestBuffers } from '../../kernel/latest-buffers.js';
import { embedFrame } from '../../ros/camera/embedding.js';
import { worldOptions } from '../../sim/robot/options.js';
import { TabletopWorld } from '../../sim/world.js';
import { composeMind, type Extension } from '../compose.js';
import { DECLARED_COST_MS } from '../declared-costs.js';

/** How a goal ended, and what the run saw on the way. */
export interface RunOutcome {
  /** The last event of the goal; null when it never ended. */
  readonly event: GoalEvent | null;
  readonly time_s: number;
  readonly states: readonly string[];
}

/** What a step of the run may do to the world: faults, a hand, a new goal. */
export type Script = (world: TabletopWorld, time_s: number) => void;

/** What the sensors of a run may be made to do, as drivers in trouble do. */
export interface SensorTrouble {
  camera: 'live' | 'frozen' | 'off';
  joints: 'live' | 'off';
  /** Draws something into each picture (rgb8) that the world does not have; null: nothing. */
  draws: ((rgb: Uint8Array, width: number) => void) | null;
}

/** Plugins beside those of the mind, with the time of one of their steps by id, ms. */
export interface Guests {
  readonly extensions: readonly Extension[];
  readonly cost_ms: Readonly<Record<string, number>>;
}

const START_MS = 1_000_000;
const PHYSICS_S = 0.01;

/**
 * The whole mind on a simulated world in virtual time: no ROS, no wall clock, the real plugins and the real model.
 * The same seed gives the same run.
 */
export class SimulatedRun {
  readonly world: TabletopWorld;
  readonly kernel: Kernel;
  readonly trouble: SensorTrouble = { camera: 'live', joints: 'live', draws: null };
  private readonly runner: VirtualRunner;
  private readonly buffers = new LatestBuffers();
  private time_s = 0;
  private next_tick_s = 0;
  private readonly states = new Set<string>();
  private last: GoalEvent | null = null;
  private picture: Uint8Array | null = null;

  constructor(
    seed: number,
    private readonly parameters: Parameters,
    inference: InferencePort,
    private readonly script: Script = () => {},
    private readonly watch: (effects: Effects, world: TabletopWorld, time_s: number) => void = () => {},
    guests: Guests = { extensions: [], cost_ms: {} },
  ) {
    this.world = new TabletopWorld({ ...worldOptions(parameters), seed });
    const { kernel, plugins } = composeMind(parameters, inference, guests.extensions);
    this.kernel = kernel;
    const cost_ms = { ...DECLARED_COST_MS, ...guests.cost_ms };
    this.runner = createVirtualRunner(plugins, { ...jobOptions(parameters), cost_ms });
    this.introduce();
  }

  block(colour: string) {
    return this.world.truth().blocks.find((block) => block.colour === colour) ?? null;
  }

  violations(): readonly string[] {
    return this.world.truth().violations.map((violation) => JSON.stringify(violation));
  }

  /** Gives the goal after a second and runs until it ends, at most `time_max_s`. */
  async pursue(text: string, time_max_s: number): Promise<RunOutcome> {
    await this.advance(1.5);
    this.last = null;
    this.say(text);
    const until_s = this.time_s + time_max_s;
    while (this.time_s < until_s && !this.over()) await this.advance(1 / this.parameters.kernel.rate_hz);
    return { event: this.over() ? this.last : null, time_s: this.time_s, states: [...this.states] };
  }

  /** Says a goal now. */
  say(text: string): void {
    const stamp_ms = this.now_ms;
    const common = { source: 'goal', stamp_ms, received_ms: stamp_ms };
    this.buffers.put({
      kind: 'goal',
      ...common,
      goal_id: `goal-${stamp_ms}`,
      text,
      priority: 0,
      deadline_s: 0,
    });
  }

  /** An operator's request, as the services and the action server pass it on. */
  request(request: 'stop' | 'resume', argument = ''): void {
    const stamp_ms = this.now_ms;
    this.buffers.put({
      kind: 'operator',
      source: 'operator',
      stamp_ms,
      received_ms: stamp_ms,
      request,
      argument,
    });
  }

  /** The emergency stop button, in the world and on its topic. */
  emergencyStop(pressed: boolean): void {
    const stamp_ms = this.now_ms;
    this.world.emergencyStop(pressed);
    this.buffers.put({
      kind: 'emergency_stop',
      source: 'emergency_stop',
      stamp_ms,
      received_ms: stamp_ms,
      pressed,
    });
  }

  /** Runs the world and the mind for this long. */
  async advance(duration_s: number): Promise<void> {
    const until_s = this.time_s + duration_s - 1e-9;
    while (this.time_s < until_s) {
      this.script(this.world, this.time_s);
      this.world.step(PHYSICS_S);
      this.time_s += PHYSICS_S;
      this.feel();
      if (this.time_s + 1e-9 >= this.next_tick_s) await this.tick();
    }
  }

  private feel(): void {
    if (this.trouble.joints === 'off') return;
    const stamp_ms = this.now_ms;
    const { names, position, velocity } = this.world.jointState();
    const common = { source: 'joints', stamp_ms, received_ms: stamp_ms };
    this.buffers.put({ kind: 'joints', ...common, names, position, velocity });
  }

  private async tick(): Promise<void> {
    const period_s = 1 / this.parameters.kernel.rate_hz;
    this.next_tick_s += period_s;
    this.look();
    await this.runner.advance(period_s * 1000);
    const effects = this.kernel.cycle({
      observations: this.buffers.drain(),
      now_ms: this.now_ms,
      reports: this.runner.drain(),
    });
    for (const command of effects.jobs) this.runner.submit(command);
    for (const action of effects.actions) {
      if (action.kind === 'gripper') this.world.sendGripper(action.values);
      else this.world.sendTrajectory(action.trajectory);
    }
    this.states.add(effects.metabolic.state);
    for (const event of effects.goal_events) this.last = event;
    this.watch(effects, this.world, this.time_s);
  }

  /** The camera's newest frame before this cycle; those in between would be overwritten in the latest-buffer anyway. */
  private look(): void {
    if (this.trouble.camera === 'off') return;
    const { width, height } = this.world.camera;
    const data =
      this.trouble.camera === 'frozen' && this.picture !== null ? this.picture : this.world.render().data;
    if (this.trouble.camera !== 'frozen') this.trouble.draws?.(data, width);
    this.picture = data;
    const frame = {
      width,
      height,
      step: width * 3,
      encoding: 'rgb8' as const,
      data,
      frame_id: 'camera_optical_frame',
    };
    const { grid_rows: rows, grid_columns: columns } = this.parameters.camera;
    const stamp_ms = this.now_ms;
    const embedding = embedFrame(frame, rows, columns);
    this.buffers.put({
      kind: 'camera',
      source: 'camera',
      stamp_ms,
      received_ms: stamp_ms,
      frame,
      embedding,
      grid: { rows, columns, channels: 3 },
    });
  }

  private introduce(): void {
    const stamp_ms = this.now_ms;
    const common = { stamp_ms, received_ms: stamp_ms };
    this.buffers.put({
      kind: 'robot_description',
      source: 'robot_description',
      ...common,
      urdf: this.world.urdf,
    });
    this.buffers.put({
      kind: 'camera_info',
      source: 'camera_info',
      ...common,
      model: this.world.camera,
      frame_id: 'camera_optical_frame',
    });
    this.buffers.put({
      kind: 'camera_pose',
      source: 'camera_pose',
      ...common,
      pose: this.world.cameraPose,
      frame_id: this.parameters.robot.base_frame,
    });
  }

  private get now_ms(): number {
    return START_MS + Math.round(this.time_s * 1e6) / 1000;
  }

  /** Time since the run began, s. */
  get elapsed_s(): number {
    return this.time_s;
  }

  /** The last event of the goal that was said last, once it has ended. */
  get ended(): GoalEvent | null {
    return this.over() ? this.last : null;
  }

  private over(): boolean {
    const ends: readonly string[] = ['satisfied', 'failed', 'cancelled', 'expired', 'rejected'];
    return this.last !== null && ends.includes(this.last.status);
  }
}
