import type { Fault } from '../../contracts/errors.js';
import type { ModelHost } from '../../models/index.js';

/** Takes what stands against a source; null clears it. */
export type FaultSink = (source: string, fault: Fault | null) => void;

/**
 * Passes on what is wrong with the model host and its models, so that the mind knows it and the decision record names
 * it, also while nothing is asked of the host. A host that was lost counts as lost until it is ready again.
 */
export class HostWatch {
  private standing = new Set<string>();

  constructor(
    private readonly host: Pick<ModelHost, 'health'>,
    private readonly sink: FaultSink,
  ) {}

  /** Looks at the host. To be called when something happened to it, and now and then. */
  look(): void {
    const { faults, state, last_loss } = this.host.health();
    const found = new Map(faults.map((fault) => [`${fault.code} ${fault.where}`, fault]));
    if (state !== 'ready' && last_loss !== null) {
      found.set(`${last_loss.code} ${last_loss.where}`, last_loss);
    }
    for (const key of this.standing) if (!found.has(key)) this.sink(key, null);
    for (const [key, fault] of found) this.sink(key, fault);
    this.standing = new Set(found.keys());
  }
}
