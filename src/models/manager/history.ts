import type { Fault } from '../../contracts/errors.js';
import type { ModelEvent } from './types.js';

const EVENTS_MAX = 64;

/** The latest of what was done with the models; bounded. */
export class ModelHistory {
  private readonly events: ModelEvent[] = [];

  constructor(private readonly told: (event: ModelEvent) => void) {}

  add(event: Omit<ModelEvent, 'at_ms'>): ModelEvent {
    const full = { at_ms: Date.now(), ...event };
    this.events.push(full);
    if (this.events.length > EVENTS_MAX) this.events.shift();
    this.told(full);
    return full;
  }

  all(): readonly ModelEvent[] {
    return [...this.events];
  }
}

/** An event in which nothing but the model and the reason matters. */
export function plainEvent(
  kind: ModelEvent['kind'],
  model: string,
  reason: string,
  fault: Fault | null = null,
): Omit<ModelEvent, 'at_ms'> {
  return { kind, model, replaced: '', mode: '', reason, fault, load_ms: 0, gap_ms: 0, carried: 0 };
}
