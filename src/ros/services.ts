import type { Explanation, ReadingSink } from '../contracts/graph.js';
import type { OperatorReading } from '../contracts/observation.js';
import type { RosNode } from './node.js';

/** A request of an operator as a reading for the kernel. */
export function operatorReading(
  node: RosNode,
  request: OperatorReading['request'],
  argument = '',
): OperatorReading {
  const now_ms = node.now_ms();
  return { kind: 'operator', source: 'operator', stamp_ms: now_ms, received_ms: now_ms, request, argument };
}

/** Serves `sage/stop`, `sage/resume` (std_srvs/Trigger) and `sage/explain` (sage/srv/Explain). */
export function serveOperator(
  node: RosNode,
  sink: ReadingSink,
  explain: (cycle: number) => Explanation | null,
): void {
  for (const request of ['stop', 'resume'] as const) {
    node.service<object, object>('std_srvs/srv/Trigger', `sage/${request}`, () => {
      const success = sink.put(operatorReading(node, request));
      return { success, message: success ? `${request} is taken` : 'too many requests wait; try again' };
    });
  }
  node.service<{ readonly cycle: bigint }, object>('sage/srv/Explain', 'sage/explain', ({ cycle }) => {
    const explanation = explain(Number(cycle));
    if (explanation !== null) return { found: true, ...explanation };
    const text =
      cycle === 0n ? 'nothing has been decided yet' : `no decision of cycle ${cycle} is kept any more`;
    return { found: false, text, record_json: '' };
  });
}
