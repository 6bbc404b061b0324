import { SageError } from '../../contracts/errors.js';
import type { BlackBox } from '../../replay/record/black-box.js';
import type { RecordedMessage } from '../../ros/recorded-topics.js';
import type { Sink, SinkEvents } from './sink.js';
import { WorkQueue } from './work-queue.js';

export interface BoxSinkEvents extends SinkEvents {
  readonly onNotice: (text: string) => void;
}

/** A black box: keeps the last seconds, and writes them on request. */
export class BoxSink implements Sink {
  readonly bag = null;
  readonly bytes = null;
  readonly kept = null;
  /** Boxes that could not be written. */
  failed = 0;
  private readonly queue: WorkQueue;

  constructor(
    private readonly box: BlackBox,
    private readonly events: BoxSinkEvents,
  ) {
    this.queue = new WorkQueue(events.onFailure);
  }

  take(messages: readonly RecordedMessage[]): void {
    this.queue.add(async () => {
      for (const message of messages) {
        this.events.onWritten(message.data.length);
        await this.guarded(() => this.box.add(message, message.latched));
      }
    });
  }

  save(reason: string, now_ms: number): void {
    this.queue.add(() => this.guarded(() => this.box.save(reason, now_ms)));
  }

  flush(now_ms: number): void {
    this.queue.add(() => this.guarded(() => this.box.rest(now_ms)));
  }

  async close(): Promise<void> {
    this.queue.add(() => this.guarded(() => this.box.finish()));
    await this.queue.idle();
    if (this.queue.failure !== null) throw this.queue.failure;
  }

  /** A box that cannot be written is given up and told; the next one may find room again. */
  private async guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (thrown) {
      if (!(thrown instanceof SageError)) throw thrown;
      this.failed += 1;
      this.events.onNotice(`${thrown.message}; the black box stays on`);
      this.box.giveUp();
    }
  }
}
