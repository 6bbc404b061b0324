import type { Effects } from '../contracts/effects.js';
import type { Fault } from '../contracts/errors.js';
import type { CycleTiming, Explanation, HealthEntry, ReadingSink } from '../contracts/graph.js';
import type { LogHeader } from '../contracts/log.js';
import { type ParameterValue, walkParameters } from '../contracts/parameter-walk.js';
import { type Parameters, parametersSchema } from '../contracts/parameters/index.js';
import type { Clock } from '../contracts/ports.js';
import type { RunChange } from '../contracts/run-input.js';
import type { Observations } from '../kernel/latest-buffers.js';
import type { ModelEvent } from '../models/index.js';
import { ClaimServer } from './claim/claim-server.js';
import { type Composition, composeBlocks } from './composition.js';
import { Connections } from './connections.js';
import { openRos, type RosContext } from './context.js';
import { FaultLog } from './fault-log.js';
import { InputTeller } from './input-teller.js';
import { Lifecycle, type LifecycleState } from './lifecycle.js';
import { type ModelControl, ModelTeller, serveModels } from './model-services.js';
import type { RosNode } from './node.js';
import { plainOverrides } from './parameter-message.js';
import { serveParameters } from './parameter-services.js';
import { applyOverrides, ParameterStore } from './parameter-store.js';
import { Publishers } from './publishers.js';
import { PursueServer } from './pursue.js';
import { hearReplayed } from './replayed-inputs.js';
import { serveOperator } from './services.js';

/** The main node's name; `__node:=` changes it. */
const MAIN_NODE = 'sage';
const DIAGNOSTICS_MS = 1000;
const BUGS_LOGGED_MAX = 20;
/** Time for the results of goals that end with the node to be sent, ms. */
const RESULTS_MS = 20;

export interface GraphOptions {
  /** Defaults and configuration files; what `rosArgs` override is laid over them, see {@link Graph.parameters}. */
  readonly parameters: Parameters;
  /** As on the command line, `--ros-args` first; may be empty. */
  readonly rosArgs: readonly string[];
  readonly sink: ReadingSink;
  /** The decision of a cycle, of the latest for 0; null where none is kept. */
  readonly explain: (cycle: number) => Explanation | null;
  /** The node's models, for the services `sage/models/…`; null until they are there. */
  readonly models?: () => ModelControl | null;
  readonly onLifecycle: (state: LifecycleState) => void;
  /** Takes a live parameter into use; a fault where it cannot be. */
  readonly onParameter: (path: string, value: ParameterValue) => Fault | null;
}

/** SAGE on the ROS graph: the main node, its blocks, and everything that they publish and serve. */
export interface Graph {
  /** The parameters in force: `options.parameters` with what the ROS command line overrides. */
  readonly parameters: Parameters;
  readonly clock: Clock;
  readonly domain_id: number;
  /** A name of a topic as it stands on the graph, remaps applied. */
  topic(name: string): string;
  readonly lifecycle: LifecycleState;
  /** Camera frames since the start. */
  readonly frames: { readonly received: number; readonly lost: number };
  /**
   * Sends what a cycle asks for. While the node is not active, holds are sent (they stop the arm) and no other
   * action is.
   */
  publish(effects: Effects, timing: CycleTiming): void;
  /** Tells what was done with a model, on `sage/models`. */
  model(event: ModelEvent): void;
  /** Tells on `sage/inputs` what a cycle took that no topic of the robot says. */
  taken(drained: Observations, effects: Effects): void;
  /** The same of a parameter, a model or the lifecycle that changed. */
  changed(change: RunChange): void;
  /** Lines of the log of the run, on `sage/log`; and how many listen there. */
  log(lines: string): void;
  readonly log_listeners: number;
  /** Tells on `sage/run` what runs, and when its first cycle was. */
  run(header: LogHeader, begun_ms: number): void;
  /** Sets the rows that go out on /diagnostics once a second, after those of the blocks. */
  diagnostics(health: readonly HealthEntry[]): void;
  /** Resolves once another SAGE that commands the same arm would be known; no cycle should come before. */
  settled(): Promise<void>;
  /** The rows of the blocks and of the graph itself, as /diagnostics shows them now. */
  health(): readonly HealthEntry[];
  /** Ends every goal, destroys every node and leaves the graph. */
  close(): Promise<void>;
}

/**
 * Joins the ROS graph. Throws SAGE_803 where ROS is not usable, SAGE_901 for arguments that ROS does not
 * understand, SAGE_101, 102 or 104 for parameters that the command line sets wrongly.
 */
export async function createGraph(options: GraphOptions): Promise<Graph> {
  const bugs = new Bugs();
  const ros = await openRos(options.rosArgs, MAIN_NODE, (where, text) => bugs.note(where, text));
  try {
    return new SageGraph(ros, options, bugs);
  } catch (thrown) {
    ros.close();
    throw thrown;
  }
}

/** What callbacks threw: mistakes of ours, shown on /diagnostics, the first few in the log too. */
class Bugs {
  count = 0;
  last = '';
  log: (text: string) => void = () => {};

  note(where: string, text: string): void {
    this.count += 1;
    this.last = `${where}: ${text}`;
    if (this.count <= BUGS_LOGGED_MAX) this.log(`a callback threw: ${this.last}`);
  }
}

class SageGraph implements Graph {
  readonly parameters: Parameters;
  readonly clock: RosNode;
  readonly domain_id: number;
  private readonly cycle: Lifecycle;
  private readonly blocks: Composition;
  private readonly publishers: Publishers;
  private readonly pursue: PursueServer;
  private readonly models: ModelTeller;
  private readonly inputs: InputTeller;
  private readonly claim: ClaimServer;
  private readonly connections: Connections;
  private readonly timer: NodeJS.Timeout;
  private kernelHealth: readonly HealthEntry[] = [];
  private closed = false;

  constructor(
    private readonly ros: RosContext,
    options: GraphOptions,
    private readonly bugs: Bugs,
  ) {
    const { sink } = options;
    const { node, lifecycle } = ros.createLifecycleNode(MAIN_NODE);
    this.clock = node;
    this.domain_id = ros.domain_id;
    const leaves = walkParameters(parametersSchema);
    this.parameters = applyOverrides(options.parameters, plainOverrides(node), leaves);
    const store = new ParameterStore(leaves, this.parameters, options.onParameter);
    const setParameter = serveParameters(node, store);
    const logged = new FaultLog(options.sink, node, (text) => node.log.warn(text));
    this.blocks = composeBlocks(ros, node, logged, this.parameters);
    this.connections = new Connections(node, this.parameters);
    this.publishers = new Publishers(node, this.parameters.node.robot_id);
    serveOperator(node, sink, options.explain);
    serveModels(node, options.models ?? (() => null));
    this.models = new ModelTeller(node);
    this.inputs = new InputTeller(node);
    const goals_max = this.parameters.kernel.goal_queue_max;
    const active = (): boolean => this.lifecycle === 'active';
    bugs.log = (text) => node.log.error(text);
    const onBug = (where: string, text: string): void => bugs.note(where, text);
    this.pursue = new PursueServer({ node, sink, goals_max, active, onBug });
    this.claim = new ClaimServer(node, logged, this.parameters);
    this.cycle = new Lifecycle(lifecycle, (state) => {
      this.claim.active(state === 'active');
      options.onLifecycle(state);
    });
    hearReplayed(node, {
      sink,
      setParameter,
      models: options.models ?? (() => null),
      become: (state) => this.cycle.become(state),
    });
    if (this.parameters.node.autostart) this.cycle.start();
    for (const made of [node, ...this.blocks.nodes]) made.spin();
    this.timer = setInterval(
      node.guard('diagnostics', () => this.publishDiagnostics()),
      DIAGNOSTICS_MS,
    );
  }

  get frames(): { readonly received: number; readonly lost: number } {
    return this.blocks.frames;
  }

  get lifecycle(): LifecycleState {
    return this.cycle.state;
  }

  topic(name: string): string {
    return this.clock.resolve(name);
  }

  publish(effects: Effects, timing: CycleTiming): void {
    if (this.closed) return;
    for (const action of effects.actions) {
      if (this.lifecycle !== 'active' && action.kind !== 'hold') continue;
      for (const effector of this.blocks.effectors) effector.send(action);
    }
    this.publishers.publish(effects, timing);
    this.pursue.advance(effects.goal_events, effects.report);
  }

  model(event: ModelEvent): void {
    if (!this.closed) this.models.tell(event);
  }

  taken(drained: Observations, effects: Effects): void {
    if (!this.closed) this.inputs.taken(drained, effects);
  }

  changed(change: RunChange): void {
    if (!this.closed) this.inputs.changed(change);
  }

  log(lines: string): void {
    if (!this.closed) this.inputs.log(lines);
  }

  get log_listeners(): number {
    return this.inputs.listeners;
  }

  run(header: LogHeader, begun_ms: number): void {
    if (!this.closed) this.inputs.run(header, begun_ms);
  }

  diagnostics(health: readonly HealthEntry[]): void {
    this.kernelHealth = health;
  }

  settled(): Promise<void> {
    return this.claim.settled();
  }

  health(): readonly HealthEntry[] {
    const { count, last } = this.bugs;
    const graph: HealthEntry = {
      name: 'graph',
      level: count > 0 ? 'error' : this.lifecycle === 'active' ? 'ok' : 'warn',
      message: count > 0 ? `a callback threw: ${last}` : `lifecycle ${this.lifecycle}`,
      values: { lifecycle: this.lifecycle, callbacks_thrown: count, domain_id: this.domain_id },
    };
    return [
      graph,
      ...this.claim.health(),
      ...this.connections.health(),
      ...[...this.blocks.sensors, ...this.blocks.effectors].flatMap((block) => block.health()),
    ];
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    clearInterval(this.timer);
    this.claim.close();
    this.pursue.endAll();
    for (const block of [...this.blocks.sensors, ...this.blocks.effectors]) block.close();
    // The results of ended goals leave in the turns of the event loop that follow.
    await new Promise((resolve) => setTimeout(resolve, RESULTS_MS));
    this.ros.close();
  }

  private publishDiagnostics(): void {
    this.publishers.diagnostics([...this.health(), ...this.kernelHealth]);
  }
}
