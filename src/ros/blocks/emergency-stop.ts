import type { Block, SensorPorts } from '../block.js';
import { Source } from '../source.js';

const TOPIC = 'emergency_stop';

/**
 * What several stop buttons say together: pressed while any of them is. A publisher that left while pressed keeps
 * the stop until another publisher speaks.
 */
export class StopButtons {
  private readonly pressed = new Map<string, boolean>();

  /** Takes what one publisher said; `alive` lists the publishers on the graph now. */
  press(publisher: string, pressed: boolean, alive: readonly string[]): boolean {
    for (const known of this.pressed.keys()) if (!alive.includes(known)) this.pressed.delete(known);
    this.pressed.set(publisher, pressed);
    return [...this.pressed.values()].some(Boolean);
  }
}

/** Reads `emergency_stop` (std_msgs/Bool), latched or not, from one or several publishers. */
export function emergencyStopBlock({ node, clock, sink }: SensorPorts): Block {
  const source = new Source('emergency_stop', sink, clock, { stale_ms: null, required: false });
  const buttons = new StopButtons();
  node.subscribeLatched<{ readonly data: boolean }>('std_msgs/msg/Bool', TOPIC, ({ data }, { publisher }) => {
    const now_ms = clock.now_ms();
    source.good({
      kind: 'emergency_stop',
      source: 'emergency_stop',
      stamp_ms: now_ms,
      received_ms: now_ms,
      pressed: buttons.press(publisher, data, node.publishersOf(TOPIC)),
    });
  });
  return { health: () => [source.health()], close: () => {} };
}
