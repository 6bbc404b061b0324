import { randomUUID } from 'node:crypto';
import type { Effects } from '../../contracts/effects.js';
import { type Fault, messageOf, SageError } from '../../contracts/errors.js';
import type { AnyReading, GoalReading } from '../../contracts/observation.js';
import type { ParameterValue } from '../../contracts/parameter-walk.js';
import { type Parameters, setParameter } from '../../contracts/parameters/index.js';
import type { Kernel } from '../../kernel/kernel.js';
import { LatestBuffers } from '../../kernel/latest-buffers.js';
import { toClockTime } from '../../kernel/temporal.js';
import { createModelManager, type ModelManager } from '../../models/index.js';
import { createGraph, type Graph } from '../../ros/graph.js';
import { NODE_ENDS } from '../../ros/replayed-inputs.js';
import { parseProcessArguments } from '../arguments.js';
import { composeMind, type Extension } from '../compose.js';
import { loadConfiguration } from '../config.js';
import { loadExtensions } from '../extensions.js';
import { demandOf, modelsInUse } from '../model-demand.js';
import { exitCodeOf, report } from '../output.js';
import { hearParent, tell, tellFailure } from '../parent.js';
import { goFirst } from '../real-time.js';
import { ThreadRunner } from '../refinement/thread-runner.js';
import { withConfiguredNames } from '../topics.js';
import { Every } from './every.js';
import { GoalKeeper } from './goal-keeper.js';
import { HostWatch } from './host-watch.js';
import { LiveLog } from './live-log.js';
import { changeOf } from './model-change.js';
import { Pacer, type Turn } from './pacer.js';
import { Telling } from './telling.js';

const LOOK_EVERY_MS = 1000;
const GOVERN_EVERY_MS = 250;

/** The graph process: `sage node`. Resolves with the exit code when it has been told to end. */
export async function runNode(argv: readonly string[]): Promise<number> {
  try {
    const { configs, rosArgs } = parseProcessArguments(argv);
    const configuration = loadConfiguration(configs);
    const node = await SageNode.start(configuration.parameters, withConfiguredNames(rosArgs, configuration));
    return await node.ended;
  } catch (thrown) {
    // Who started us says it; a bug of ours goes to standard error with its place in the source.
    if (thrown instanceof SageError && (await tellFailure(thrown))) return exitCodeOf(thrown);
    return report(thrown, false);
  }
}

/** Ties the kernel to its ports: the graph, the runner, the model host, the clock. Holds no decisions of its own. */
class SageNode {
  readonly ended: Promise<number>;
  private end: (code: number) => void = () => {};
  private readonly watch: HostWatch;
  private readonly pacer: Pacer;
  private readonly parameters: Parameters;
  private readonly kernel: Kernel;
  private readonly runner: ThreadRunner;
  private readonly goals: GoalKeeper;
  private readonly log: LiveLog;
  private readonly telling: Telling;
  private readonly forLook = new Every(LOOK_EVERY_MS);
  private readonly forGovern = new Every(GOVERN_EVERY_MS);
  private cpuBefore = process.cpuUsage();
  private closing = false;
  /** Cycles in a row that threw. */
  private broken = 0;

  private constructor(
    private readonly graph: Graph,
    private readonly host: ModelManager,
    private readonly buffers: LatestBuffers,
    extensions: readonly Extension[],
  ) {
    this.ended = new Promise((resolve) => {
      this.end = resolve;
    });
    this.parameters = graph.parameters;
    this.goals = new GoalKeeper(this.parameters.node);
    this.watch = new HostWatch(host, (source, fault) => buffers.fault(source, fault));
    const { kernel, plugins } = composeMind(this.parameters, host, extensions);
    this.kernel = kernel;
    const ids = plugins.map(({ id }) => id);
    this.log = new LiveLog(graph, this.parameters, ids);
    this.telling = new Telling({
      graph,
      host,
      kernel,
      faults: () => [...(this.goals.fault === null ? [] : [this.goals.fault]), ...this.log.faults],
    });
    this.runner = new ThreadRunner({
      parameters: this.parameters,
      inference: host,
      onFault: (source, fault) => buffers.fault(source, fault),
    });
    this.pacer = new Pacer(1000 / this.parameters.kernel.rate_hz, (turn) => this.contained(turn));
    this.onLifecycle(graph.lifecycle);
  }

  /** Joins the graph first, since its command line may override parameters; then the mind is made with them. */
  static async start(parameters: Parameters, rosArgs: readonly string[]): Promise<SageNode> {
    const buffers = new LatestBuffers();
    let node: SageNode | null = null;
    const graph = await createGraph({
      parameters,
      rosArgs,
      sink: {
        put: (reading) => (node === null ? buffers.put(reading) : node.take(reading)),
        fault: (source, fault) => buffers.fault(source, fault),
      },
      explain: (cycle) => node?.telling.explain(cycle) ?? null,
      models: () => node?.host ?? null,
      onLifecycle: (state) => node?.onLifecycle(state),
      onParameter: (path, value) => node?.onParameter(path, value) ?? null,
    });
    let host: ModelManager | null = null;
    try {
      const extensions = await loadExtensions(graph.parameters);
      host = createModelManager({
        parameters: graph.parameters.models,
        used: modelsInUse(graph.parameters),
        onModel: (event, manifest) => {
          graph.model(event);
          node?.log.change(changeOf(event, manifest));
        },
        onEvent: ({ kind }) => {
          if (kind !== 'line') node?.watch.look();
        },
      });
      node = new SageNode(graph, host, buffers, extensions);
      node.goals.load();
      node.listen();
      node.telling.scheduling = (await goFirst(graph.parameters.node.real_time_priority)).told;
      await graph.settled();
      if (node.closing) return node;
      node.pacer.start();
      tell({ kind: 'ready', node: 'sage', domain_id: graph.domain_id });
      return node;
    } catch (thrown) {
      // A process that ends with its ROS context open is killed by SIGSEGV, and that hides what was wrong.
      await host?.close();
      await graph.close();
      throw thrown;
    }
  }

  /**
   * A cycle must not throw. If one does all the same it is a bug of ours, not the end of the robot: it is named, the
   * next cycle goes on, and only a mind that fails for a whole second ends the process.
   */
  private contained(turn: Turn): void {
    try {
      this.turn(turn);
      this.broken = 0;
    } catch (thrown) {
      this.broken += 1;
      const failure = new SageError('SAGE_804', 'cycle', messageOf(thrown), { cause: thrown });
      if (this.broken === 1)
        process.stderr.write(`${failure.message}\n${thrown instanceof Error ? thrown.stack : ''}\n`);
      if (this.broken <= this.parameters.kernel.rate_hz) return;
      void tellFailure(failure);
      void this.close(1);
    }
  }

  /** One cycle: what came in, what the mind makes of it, what goes out. */
  private turn({ lateness_ms, period_ms }: Turn): void {
    const { graph } = this;
    if (this.closing) return;
    const begin_ms = performance.now();
    this.goals.handOver(this.buffers, graph.clock.now_ms());
    const inputs = {
      observations: this.buffers.drain(),
      now_ms: graph.clock.now_ms(),
      reports: this.runner.drain(),
    };
    const effects = this.kernel.cycle(inputs);
    const { body } = this.kernel.mind.situation;
    if (body !== null) this.runner.describe(body.urdf);
    for (const command of effects.jobs) this.runner.submit(command);
    const cpu = process.cpuUsage();
    const cpu_ms = (cpu.user + cpu.system - this.cpuBefore.user - this.cpuBefore.system) / 1000;
    this.cpuBefore = cpu;
    graph.publish(effects, {
      duration_ms: performance.now() - begin_ms,
      cpu_ms,
      lateness_ms,
      period_ms,
      frames_received: graph.frames.received,
      frames_lost: graph.frames.lost,
    });
    this.afterCycle(effects, lateness_ms);
    this.log.cycle(inputs, effects, this.kernel.mind.trust);
  }

  private afterCycle(effects: Effects, lateness_ms: number): void {
    const { situation, time } = this.kernel.mind;
    if (effects.goal_events.length > 0 || situation.utterances.next !== null)
      this.goals.keep(toClockTime([...situation.goals.standing, ...situation.utterances.standing], time));
    const now_ms = performance.now();
    this.telling.cycle(effects, lateness_ms, now_ms);
    if (this.forGovern.due(now_ms)) this.host.govern(demandOf(effects, situation));
    if (this.forLook.due(now_ms)) this.watch.look();
  }

  private onLifecycle(state: string): void {
    if (state === this.telling.lifecycle) return;
    this.telling.lifecycle = state;
    this.log.change({ kind: 'lifecycle', state });
  }

  /** Live parameters change the one parameter object that the mind reads; others are refused by the graph. */
  private onParameter(path: string, value: ParameterValue): Fault | null {
    setParameter(this.parameters, path, value);
    this.runner.setParameter(path, value);
    this.log.change({ kind: 'parameter', path, value });
    return null;
  }

  /** Takes what a block delivers. False when there is no room; a goal goes to the mind once it is on disk. */
  private take(reading: AnyReading): boolean {
    if (reading.kind === 'goal') return this.goals.take(reading, this.buffers);
    // A stop, or a cancel, is of what was said before it.
    if (reading.kind === 'operator') this.goals.handOverAll(this.buffers);
    return this.buffers.put(reading);
  }

  private listen(): void {
    hearParent({
      onGoal: (text) => this.take(consoleGoal(text, this.graph.clock.now_ms())),
      onEnd: () => void this.close(0),
    });
  }

  /** Ends in order: the arm is commanded to hold, goals are dropped, children and the graph are closed. */
  private async close(code: number): Promise<void> {
    if (this.closing) return;
    this.pacer.stop();
    if (code === 0) this.holdBeforeEnd();
    this.closing = true;
    this.telling.status();
    this.log.close();
    await this.runner.close();
    // A node that ends because its cycles fail has crashed: its goals are taken up at the next start.
    if (code === 0) await this.goals.clear();
    await this.graph.close();
    await this.host.close();
    this.end(code);
  }

  /** One last cycle with an operator's stop in it, so that a moving arm is braked. */
  private holdBeforeEnd(): void {
    const stamp_ms = this.graph.clock.now_ms();
    this.buffers.put({
      kind: 'operator',
      source: 'operator',
      stamp_ms,
      received_ms: stamp_ms,
      request: 'stop',
      argument: NODE_ENDS,
    });
    this.turn({ lateness_ms: 0, period_ms: 1000 / this.parameters.kernel.rate_hz });
  }
}

/** A goal that was typed where the node was started. */
function consoleGoal(text: string, stamp_ms: number): GoalReading {
  return {
    kind: 'goal',
    source: 'goal',
    stamp_ms,
    received_ms: stamp_ms,
    // Of its own also after a crash: a process id may come again, in a container always the same.
    goal_id: `console-${randomUUID()}`,
    text,
    priority: 0,
    deadline_s: 0,
  };
}
