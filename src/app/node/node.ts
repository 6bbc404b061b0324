import { randomUUID } from 'node:crypto';
import type { Effects } from '../../contracts/effects.js';
import { type Fault, messageOf, SageError } from '../../contracts/errors.js';
import type { Explanation, HealthEntry } from '../../contracts/graph.js';
import type { LogHeader } from '../../contracts/log.js';
import type { AnyReading } from '../../contracts/observation.js';
import type { ParameterValue } from '../../contracts/parameter-walk.js';
import { type Parameters, setParameter } from '../../contracts/parameters/index.js';
import type { RunChange } from '../../contracts/run-input.js';
import type { NodeCommand } from '../../contracts/status.js';
import type { Kernel } from '../../kernel/kernel.js';
import { LatestBuffers } from '../../kernel/latest-buffers.js';
import { byTheClock } from '../../kernel/temporal.js';
import { createModelManager, type ModelManager } from '../../models/index.js';
import type { RunObserver } from '../../replay/run-observer.js';
import { createGraph, type Graph } from '../../ros/graph.js';
import { NODE_ENDS } from '../../ros/replayed-inputs.js';
import { parseProcessArguments } from '../arguments.js';
import { composeMind, type Extension } from '../compose.js';
import { loadConfiguration } from '../config.js';
import { explainDecision } from '../explain.js';
import { loadExtensions } from '../extensions.js';
import { demandOf, modelsInUse } from '../model-demand.js';
import { exitCodeOf, report } from '../output.js';
import { tell, tellFailure } from '../parent.js';
import { goFirst } from '../real-time.js';
import { ThreadRunner } from '../refinement/thread-runner.js';
import { liveHeader, withParameters } from '../replay/log-header.js';
import { heardTopics } from '../replay/topic-choice.js';
import { withConfiguredNames } from '../topics.js';
import { BagLog } from './bag-log.js';
import { GoalKeeper } from './goal-keeper.js';
import { healthOf } from './health.js';
import { HostWatch } from './host-watch.js';
import { changeOf } from './model-change.js';
import { Pacer, type Turn } from './pacer.js';
import { RecentDecisions } from './recent-decisions.js';
import { RecentFaults } from './recent-faults.js';
import { RunLog } from './run-log.js';
import { Tally } from './tally.js';

const STATUS_EVERY_MS = 120;
const HEALTH_EVERY_MS = 1000;
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
  private readonly tally = new Tally();
  private readonly decisions = new RecentDecisions();
  private readonly recent = new RecentFaults();
  private readonly watch: HostWatch;
  private readonly pacer: Pacer;
  private readonly parameters: Parameters;
  private readonly kernel: Kernel;
  private readonly runner: ThreadRunner;
  private readonly goals: GoalKeeper;
  /** Those who look on: the log of the run, in a file and on its topic. */
  private readonly observers: readonly RunObserver[];
  private readonly header: LogHeader;
  /** The clock reading of the first cycle. */
  private begun_ms: number | null = null;
  private lifecycle: string;
  private scheduling = '';
  private cpuBefore = process.cpuUsage();
  private lastStatus_ms = 0;
  private lastHealth_ms = 0;
  private lastGovern_ms = 0;
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
    const { log } = this.parameters.node;
    const topics = heardTopics((name) => graph.topic(name));
    this.header = liveHeader(this.parameters, ids, topics);
    const told = new BagLog(this.header, {
      publish: (lines) => graph.log(lines),
      listeners: () => graph.log_listeners,
    });
    this.observers = log === '' ? [told] : [new RunLog(log, this.header), told];
    this.runner = new ThreadRunner({
      parameters: this.parameters,
      inference: host,
      onFault: (source, fault) => buffers.fault(source, fault),
    });
    this.pacer = new Pacer(1000 / this.parameters.kernel.rate_hz, (turn) => this.contained(turn));
    this.lifecycle = '';
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
      explain: (cycle) => node?.explain(cycle) ?? null,
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
          node?.changed(changeOf(event, manifest));
        },
        onEvent: ({ kind }) => {
          if (kind !== 'line') node?.watch.look();
        },
      });
      node = new SageNode(graph, host, buffers, extensions);
      node.goals.load();
      node.listen();
      node.scheduling = (await goFirst(graph.parameters.node.real_time_priority)).told;
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
      drained: this.buffers.drain(),
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
    for (const observer of this.observers) observer.cycle(inputs, effects, this.kernel.mind.trust);
    graph.taken(inputs.drained, effects);
    if (this.begun_ms === null) {
      this.begun_ms = inputs.now_ms;
      graph.run(withParameters(this.header, this.parameters), inputs.now_ms);
    }
  }

  /** What the mind works with has changed: for those who look on, and for a recording. */
  private changed(change: RunChange): void {
    for (const observer of this.observers) observer.change(change);
    this.graph.changed(change);
  }

  private afterCycle(effects: Effects, lateness_ms: number): void {
    this.tally.add(effects, lateness_ms);
    this.recent.add(effects.report.faults, performance.now());
    if (effects.decision !== null) this.decisions.add(effects.decision);
    const { situation, time } = this.kernel.mind;
    if (effects.goal_events.length > 0 || situation.hearing.next !== null)
      this.goals.keep(byTheClock([...situation.goals.standing, ...situation.hearing.standing], time));
    const now_ms = performance.now();
    if (now_ms - this.lastStatus_ms >= STATUS_EVERY_MS) {
      this.lastStatus_ms = now_ms;
      this.sendStatus();
    }
    if (now_ms - this.lastGovern_ms >= GOVERN_EVERY_MS) {
      this.lastGovern_ms = now_ms;
      this.host.govern(demandOf(effects, this.kernel.mind.situation));
    }
    if (now_ms - this.lastHealth_ms >= HEALTH_EVERY_MS) {
      this.lastHealth_ms = now_ms;
      this.watch.look();
      this.graph.diagnostics(this.health(effects));
    }
  }

  private health(effects: Effects): readonly HealthEntry[] {
    const { faults } = effects.report;
    const own = [this.goals, ...this.observers].flatMap(({ fault }) => (fault === null ? [] : [fault]));
    const standing = [...faults, ...own];
    const totals = this.tally.totals(this.frames);
    const over = this.recent.over(standing);
    return healthOf({ effects, host: this.host, totals, scheduling: this.scheduling, standing, over });
  }

  private sendStatus(): void {
    const { execution, now_ms } = this.kernel.mind.situation;
    const progress = execution === null || execution.hold ? 1 : execution.progress(now_ms);
    const arm =
      progress < 1 ? { progress, purpose: execution?.purpose ?? '' } : { progress: null, purpose: '' };
    const status = this.tally.status(this.lifecycle, arm, this.frames);
    if (status !== null) tell(status);
  }

  private get frames(): { readonly received: number; readonly lost: number } {
    return this.graph.frames;
  }

  private explain(cycle: number): Explanation | null {
    const decision = this.decisions.find(cycle);
    return decision === null
      ? null
      : { text: explainDecision(decision), record_json: JSON.stringify(decision) };
  }

  private onLifecycle(state: string): void {
    if (state === this.lifecycle) return;
    this.lifecycle = state;
    this.changed({ kind: 'lifecycle', state });
  }

  /** Live parameters change the one parameter object that the mind reads; others are refused by the graph. */
  private onParameter(path: string, value: ParameterValue): Fault | null {
    setParameter(this.parameters, path, value);
    this.runner.setParameter(path, value);
    this.changed({ kind: 'parameter', path, value });
    if (this.begun_ms !== null) this.graph.run(withParameters(this.header, this.parameters), this.begun_ms);
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
    process.on('message', (command: NodeCommand) => {
      if (command.kind === 'shutdown') void this.close(0);
      if (command.kind !== 'goal') return;
      const stamp_ms = this.graph.clock.now_ms();
      this.take({
        kind: 'goal',
        source: 'goal',
        stamp_ms,
        received_ms: stamp_ms,
        // Of its own also after a crash: a process id may come again, in a container always the same.
        goal_id: `console-${randomUUID()}`,
        text: command.text,
        priority: 0,
        deadline_s: 0,
      });
    });
    if (process.channel !== undefined) process.once('disconnect', () => void this.close(0));
    // Not once: ros2 launch passes a Ctrl-C on that the terminal has sent already, and the second must not cut the
    // braking short.
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void this.close(0));
  }

  /** Ends in order: the arm is told to hold, goals are dropped, children and the graph are closed. */
  private async close(code: number): Promise<void> {
    if (this.closing) return;
    this.pacer.stop();
    if (code === 0) this.holdBeforeEnd();
    this.closing = true;
    this.sendStatus();
    for (const observer of this.observers) observer.close();
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
