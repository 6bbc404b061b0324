import type { Effects } from '../../contracts/effects.js';
import type { Parameters } from '../../contracts/parameters/index.js';
import { createVirtualRunner, type VirtualRunner } from '../../irp/index.js';
import type { CycleInputs } from '../../kernel/cycle.js';
import type { Kernel } from '../../kernel/kernel.js';
import { LatestBuffers } from '../../kernel/latest-buffers.js';
import type { Bag, Complain, ReadOptions } from '../../replay/bag.js';
import type { Block } from '../../ros/block.js';
import { cameraBlock, SENSING } from '../../ros/blocks/index.js';
import { composeMind, type Extension } from '../compose.js';
import { DECLARED_COST_MS } from '../declared-costs.js';
import { BagNode } from './bag-node.js';
import type { ReplayInference } from './inference.js';
import type { TopicChoice } from './topic-choice.js';

export interface OfflineOptions {
  readonly bag: Bag;
  readonly choice: TopicChoice;
  readonly parameters: Parameters;
  readonly inference: ReplayInference;
  readonly extensions: readonly Extension[];
  /** From this time of the bag on, and up to that, ms since the epoch. */
  readonly start_ms: number;
  readonly end_ms: number;
  readonly complain: Complain;
  /** Told of each cycle: what went in, what came out, and trust as it stands after it. */
  readonly onCycle: (inputs: CycleInputs, effects: Effects, trust: Readonly<Record<string, number>>) => void;
}

/** What a replay came to. */
export interface OfflineOutcome {
  readonly cycles: number;
  readonly messages: number;
  /** Time of the bag that was replayed, s. */
  readonly bag_s: number;
}

/**
 * A bag straight into the kernel: the blocks, the mind and the models of the live node, with the bag's time instead
 * of the machine's, as fast as it goes. A refinement's step takes its declared time, so that nothing depends on the
 * machine.
 */
export class OfflineRun {
  readonly kernel: Kernel;
  /** Ids of the plugins. */
  readonly plugins: readonly string[];
  private readonly runner: VirtualRunner;
  private readonly buffers = new LatestBuffers();
  private readonly node: BagNode;
  private readonly blocks: readonly Block[];
  private readonly idle: () => Promise<void>;
  private readonly period_ms: number;
  private cycles = 0;

  constructor(private readonly options: OfflineOptions) {
    const { parameters, choice, complain } = options;
    const { kernel, plugins } = composeMind(parameters, options.inference, options.extensions);
    this.kernel = kernel;
    this.plugins = plugins.map(({ id }) => id);
    this.runner = createVirtualRunner(plugins, { cost_ms: DECLARED_COST_MS });
    this.period_ms = 1000 / parameters.kernel.rate_hz;
    this.node = new BagNode(choice.chosen, complain);
    this.node.time_ms = options.start_ms;
    let goals = 0;
    const goalId = (): string => {
      goals += 1;
      return `bag-${goals}`;
    };
    const ports = { node: this.node, clock: this.node, sink: this.buffers, parameters, goalId };
    const camera = cameraBlock(ports);
    this.idle = () => camera.idle();
    const { camera: _camera, ...others } = SENSING;
    this.blocks = [camera, ...Object.values(others).map((make) => make(ports))];
  }

  /** Replays from start to end. @throws SageError of the bag, or of a model host that failed. */
  async run(): Promise<OfflineOutcome> {
    const { bag, choice, start_ms, end_ms } = this.options;
    const topics = new Set([...choice.chosen.values()].map(({ topic }) => topic));
    const read: ReadOptions = { topics, start_ms, end_ms };
    let messages = 0;
    try {
      for (const message of bag.read(read)) {
        while (message.time_ms > this.tick_ms) await this.tick();
        this.node.deliver(message);
        messages += 1;
      }
      while (this.tick_ms <= end_ms) await this.tick();
    } finally {
      this.close();
    }
    return { cycles: this.cycles, messages, bag_s: Math.max(0, end_ms - start_ms) / 1000 };
  }

  /** When the next cycle is due: a whole number of periods after the start, to a microsecond. */
  private get tick_ms(): number {
    return this.options.start_ms + Math.round(this.cycles * this.period_ms * 1000) / 1000;
  }

  private async tick(): Promise<void> {
    const now_ms = this.tick_ms;
    await this.node.flush(this.idle);
    this.node.time_ms = now_ms;
    if (this.cycles > 0) await this.runner.advance(this.period_ms);
    const { failure } = this.options.inference;
    if (failure !== null) throw failure;
    const inputs: CycleInputs = { drained: this.buffers.drain(), now_ms, reports: this.runner.drain() };
    const effects = this.kernel.cycle(inputs);
    for (const command of effects.jobs) this.runner.submit(command);
    this.options.onCycle(inputs, effects, this.kernel.mind.trust);
    this.cycles += 1;
  }

  private close(): void {
    this.runner.close();
    for (const block of this.blocks) block.close();
  }
}
