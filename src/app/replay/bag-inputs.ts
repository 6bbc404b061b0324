import type { Parameters } from '../../contracts/parameters/index.js';
import { type Drained, LatestBuffers } from '../../kernel/latest-buffers.js';
import type { Bag, BagMessage, Complain } from '../../replay/bag.js';
import type { Block } from '../../ros/block.js';
import { cameraBlock, SENSING } from '../../ros/blocks/index.js';
import { FRAMES_KEPT } from '../../ros/camera/frame-memory.js';
import { BagNode } from './bag-node.js';
import type { TopicChoice } from './topic-choice.js';

const IMAGES = ['camera/image_raw', 'camera/image_raw/compressed'] as const;

export interface BagInputsOptions {
  readonly bag: Bag;
  readonly choice: TopicChoice;
  readonly parameters: Parameters;
  /** From this time of the bag on, and up to that, ms since the epoch. */
  readonly start_ms: number;
  readonly end_ms: number;
  readonly complain: Complain;
}

/** The blocks of the live node on a bag: what they deliver up to a time, as a cycle at that time would find it. */
export class BagInputs {
  /** Messages that were handed to the blocks. */
  messages = 0;
  private readonly buffers = new LatestBuffers();
  private readonly node: BagNode;
  private readonly blocks: readonly Block[];
  private readonly idle: () => Promise<void>;
  private readonly source: Generator<BagMessage>;
  private ahead: BagMessage | null = null;

  constructor({ bag, choice, parameters, start_ms, end_ms, complain }: BagInputsOptions) {
    this.node = new BagNode(choice.chosen, complain);
    this.node.time_ms = start_ms;
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
    const topics = new Set([...choice.chosen.values()].map(({ topic }) => topic));
    const images = IMAGES.flatMap((name) => choice.chosen.get(name)?.topic ?? []);
    const lasting = { topics: new Set(images), messages: FRAMES_KEPT };
    this.source = bag.read({ topics, start_ms, end_ms, lasting });
  }

  /** What waits for a cycle at `now_ms`. @throws SageError of the bag */
  async upTo(now_ms: number): Promise<Drained> {
    for (;;) {
      this.ahead ??= this.source.next().value ?? null;
      if (this.ahead === null || this.ahead.time_ms > now_ms) break;
      this.node.deliver(this.ahead);
      this.ahead = null;
      this.messages += 1;
    }
    await this.node.flush(this.idle);
    this.node.time_ms = now_ms;
    return this.buffers.drain();
  }

  close(): void {
    this.source.return(undefined);
    for (const block of this.blocks) block.close();
  }
}
