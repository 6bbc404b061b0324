import { composeMind, type Extension } from '../../src/app/compose.js';
import { loadParameters } from '../../src/app/config.js';
import { tabletopConfig } from '../../src/app/paths.js';
import type { Effects } from '../../src/contracts/effects.js';
import type { Fault } from '../../src/contracts/errors.js';
import type { InferencePort } from '../../src/contracts/inference.js';
import type { ArmTrajectory } from '../../src/contracts/motion.js';
import type { AnyReading } from '../../src/contracts/observation.js';
import type { Parameters } from '../../src/contracts/parameters/index.js';
import { createVirtualRunner, type VirtualRunner } from '../../src/irp/index.js';
import type { Kernel } from '../../src/kernel/kernel.js';
import { LatestBuffers } from '../../src/kernel/latest-buffers.js';
import { wrappedNear } from '../../src/robot/joint-wrapping.js';
import { type JointSample, sampleTrajectory } from '../../src/robot/trajectory-spline.js';
import { noInference, urdf } from './tabletop.js';

/** Away from home by one radian of the first joint. */
const START = [1, -0.35, 1.75, 0, 1.7416, 0];
const GO_HOME = 'go home';

/** Parameters of the tabletop robot with some groups changed; every other test value is the default. */
export function parametersWith(
  changes: { readonly [G in keyof Parameters]?: Partial<Parameters[G]> },
): Parameters {
  const parameters = loadParameters([tabletopConfig()]);
  for (const [group, values] of Object.entries(changes)) {
    Object.assign(parameters[group as keyof Parameters], values);
  }
  return parameters;
}

type Given<K extends AnyReading['kind']> = Omit<
  Extract<AnyReading, { kind: K }>,
  'kind' | 'source' | 'stamp_ms' | 'received_ms'
>;

/**
 * The whole mind in virtual time with an arm that follows what it is sent, and no camera: readings go in as the blocks
 * deliver them, effects come out. A cycle takes some tenth of a millisecond, so that hours can be lived through.
 */
export class MindRun {
  readonly kernel: Kernel;
  readonly runner: VirtualRunner;
  readonly period_ms: number;
  /** What the node's clock says; set it to make it jump. */
  clock_ms = 1_000_000;
  effects: Effects | null = null;
  /** Transitions in order, with the cycle's time since the start. */
  readonly transitions: { from: string; to: string; reason: string; time_s: number }[] = [];
  /** Delivered anew in each cycle: a function of the time since the start, s. */
  readonly sources = new Map<string, (time_s: number) => Float32Array>();
  /** False: the joint states stop. */
  joints = true;
  /** Added to what the first joint measures. */
  push = 0;
  /** Where the arm is before it is sent anywhere. */
  from: readonly number[] = START;
  /** True: the first joint is reported within one turn. */
  wrapped = false;
  /** The arm goes its way at this share of the planned speed. */
  pace = 1;
  /** True: the arm does not move, whatever it is sent. */
  stuck = false;
  /** This joint does not move; -1: all do. */
  stuckJoint = -1;
  time_s = 0;
  /** Called before each cycle, with the clock as the cycle will see it. */
  eachCycle: () => void = () => {};
  /** Called after each cycle. */
  watch: (effects: Effects) => void = () => {};
  private readonly buffers = new LatestBuffers();
  private under_way: {
    trajectory: ArmTrajectory;
    start: Pick<JointSample, 'position' | 'velocity'>;
    since_s: number;
  } | null = null;
  private said = 0;

  constructor(
    parameters: Parameters,
    extensions: readonly Extension[] = [],
    inference: InferencePort = noInference,
    /** What a step of a refinement takes, ms. */
    step_ms = 1,
  ) {
    const { kernel, plugins } = composeMind(parameters, inference, extensions);
    this.kernel = kernel;
    this.period_ms = 1000 / parameters.kernel.rate_hz;
    this.runner = createVirtualRunner(plugins, { cost_ms: {}, default_cost_ms: step_ms });
    this.put('robot_description', { urdf });
  }

  put<K extends AnyReading['kind']>(kind: K, given: Given<K>, source: string = kind): void {
    const common = { kind, source, stamp_ms: this.clock_ms, received_ms: this.clock_ms };
    this.buffers.put({ ...common, ...given } as unknown as AnyReading);
  }

  /** What stands against a source from now on; null: nothing. */
  fault(source: string, fault: Fault | null): void {
    this.buffers.fault(source, fault);
  }

  say(text: string = GO_HOME, deadline_s = 0, priority = 0): void {
    this.said += 1;
    this.put('goal', { goal_id: `g${this.said}`, text, priority, deadline_s });
  }

  request(state: string): void {
    this.put('operator', { request: 'state', argument: state });
  }

  get state(): string {
    return this.effects?.metabolic.state ?? 'WAKE';
  }

  get arm(): readonly number[] {
    return this.sampled.position;
  }

  private get sampled(): Pick<JointSample, 'position' | 'velocity'> {
    const way = this.under_way;
    if (way === null) return { position: this.from, velocity: this.from.map(() => 0) };
    return sampleTrajectory(
      way.trajectory,
      way.start.position,
      this.pace * (this.time_s - way.since_s),
      way.start.velocity,
    );
  }

  /** One cycle, with the joints and sources as they are now. */
  async cycle(): Promise<Effects> {
    this.clock_ms += this.period_ms;
    this.time_s += this.period_ms / 1000;
    this.sense();
    this.eachCycle();
    await this.runner.advance(this.period_ms);
    const observations = this.buffers.drain();
    const effects = this.kernel.cycle({ observations, now_ms: this.clock_ms, reports: this.runner.drain() });
    this.effects = effects;
    for (const command of effects.jobs) this.runner.submit(command);
    for (const action of effects.actions) {
      if (action.kind === 'gripper' || this.stuck) continue;
      this.under_way = { trajectory: action.trajectory, start: this.sampled, since_s: this.time_s };
    }
    const { metabolic } = effects;
    if (metabolic.changed) {
      const { previous: from, state: to, reason } = metabolic;
      this.transitions.push({ from, to, reason, time_s: this.time_s });
    }
    this.watch(effects);
    return effects;
  }

  async cycles(count: number): Promise<void> {
    for (let index = 0; index < count; index++) await this.cycle();
  }

  /** Runs until a condition holds, at most `limit_s` of virtual time; says whether it did. */
  async until(holds: (effects: Effects) => boolean, limit_s = 60): Promise<boolean> {
    const end_s = this.time_s + limit_s;
    while (this.time_s < end_s) if (holds(await this.cycle())) return true;
    return false;
  }

  private sense(): void {
    const { joints: names } = this.kernel.mind.parameters.robot;
    if (this.joints) {
      const sampled = this.sampled;
      const free = (joint: number): boolean => joint !== this.stuckJoint;
      const position = sampled.position.map((value, joint) =>
        free(joint) ? value + (joint === 0 ? this.push : 0) : this.from[joint]!,
      );
      const velocity = sampled.velocity.map((value, joint) => (free(joint) ? value : 0));
      if (this.wrapped) position[0] = wrappedNear(position[0] ?? 0, 0);
      this.put('joints', { names, position, velocity });
    }
    for (const [source, embed] of this.sources) {
      this.put('embedding', { embedding: embed(this.time_s), weights: null }, source);
    }
  }
}
