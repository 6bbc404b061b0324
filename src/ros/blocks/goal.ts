import { randomUUID } from 'node:crypto';
import { fault } from '../../contracts/errors.js';
import type { Block, SensorPorts } from '../block.js';
import { RELIABLE } from '../qos.js';
import { Source } from '../source.js';

/** Longest goal text, characters; as in action/Pursue.action. */
export const GOAL_TEXT_MAX = 500;

/** Reads `sage/goal` (std_msgs/String): a goal in plain words, without priority or deadline. */
export function goalBlock({ node, clock, sink, goalId = randomUUID }: SensorPorts): Block {
  const source = new Source('goal', sink, clock, { stale_ms: null, required: false });
  node.subscribe<{ readonly data: string }>('std_msgs/msg/String', 'sage/goal', RELIABLE, ({ data }) => {
    const text = data.trim();
    if (text === '') return source.bad(fault('SAGE_401', 'sage/goal', 'the text is empty'));
    if (text.length > GOAL_TEXT_MAX) {
      const detail = `${text.length} characters, allowed are ${GOAL_TEXT_MAX}`;
      return source.bad(fault('SAGE_407', 'sage/goal', detail));
    }
    const now_ms = clock.now_ms();
    const accepted = source.good({
      kind: 'goal',
      source: 'goal',
      stamp_ms: now_ms,
      received_ms: now_ms,
      goal_id: goalId(),
      text,
      priority: 0,
      deadline_s: 0,
    });
    if (!accepted) source.bad(fault('SAGE_406', 'sage/goal', `"${text}" was not taken`));
  });
  return { health: () => [source.health()], close: () => {} };
}
