import { randomUUID } from 'node:crypto';
import { type ErrorCode, fault } from '../../contracts/errors.js';
import type { Block, SensorPorts } from '../block.js';
import { RELIABLE } from '../qos.js';
import { Source } from '../source.js';

/** Longest goal text, characters; as in action/Pursue.action. */
export const GOAL_TEXT_MAX = 500;

/** Why a text, without white space around it, cannot be a goal whatever it means, or null. */
export function unfitText(text: string): { readonly code: ErrorCode; readonly detail: string } | null {
  if (text === '') return { code: 'SAGE_401', detail: 'the text is empty' };
  if (text.length <= GOAL_TEXT_MAX) return null;
  return { code: 'SAGE_407', detail: `${text.length} characters; the limit is ${GOAL_TEXT_MAX}` };
}

/** Reads `sage/goal` (std_msgs/String): a goal in plain words, without priority or deadline. */
export function goalBlock({ node, clock, sink, goalId = randomUUID }: SensorPorts): Block {
  const source = new Source('goal', sink, clock, { stale_ms: null, required: false });
  node.subscribe<{ readonly data: string }>('std_msgs/msg/String', 'sage/goal', RELIABLE, ({ data }) => {
    const text = data.trim();
    const unfit = unfitText(text);
    if (unfit !== null) return source.bad(fault(unfit.code, 'sage/goal', unfit.detail));
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
    if (!accepted) source.bad(fault('SAGE_406', 'sage/goal', `"${text}" was not accepted`));
  });
  return { health: () => [source.health()], close: () => {} };
}
