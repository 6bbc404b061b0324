import { loadAddon, type NativeHandle } from './addon.js';

/** RCL_SUBSCRIPTION_MESSAGE_LOST. */
const MESSAGE_LOST = { subscription_event_type: 3 } as const;

/** A subscription whose messages wait in the middleware until they are taken, as they came over the wire. */
export class WaitingMessages {
  private readonly addon = loadAddon();
  private readonly event: NativeHandle;
  private known_lost = 0;

  /**
   * @param depth messages that the queue holds: no more are taken in one go
   * @param isOpen false once the node is closed, and with it the subscription
   * @param end what ends the subscription
   */
  constructor(
    private readonly subscription: NativeHandle,
    private readonly depth: number,
    private readonly isOpen: () => boolean,
    private readonly end: () => void,
  ) {
    // Asked now and then, and not waited for: what is waited for costs the executor with every turn.
    this.event = this.addon.createSubscriptionEventHandle(subscription, MESSAGE_LOST.subscription_event_type);
  }

  /** All that wait, the oldest first, behind those that were taken already. */
  take(messages: Uint8Array[] = []): readonly Uint8Array[] {
    while (this.isOpen() && messages.length < this.depth) {
      const next = this.addon.rclTakeRaw(this.subscription);
      if (next === undefined) break;
      messages.push(next);
    }
    return messages;
  }

  /** Messages that the middleware says it lost on their way here, since the start. */
  lost(): number {
    if (!this.isOpen()) return this.known_lost;
    const { total_count } = this.addon.takeEvent(this.event, MESSAGE_LOST) as {
      readonly total_count: number;
    };
    this.known_lost = total_count;
    return total_count;
  }

  close(): void {
    this.event.release();
    this.end();
  }
}
