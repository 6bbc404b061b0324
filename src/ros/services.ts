import { SageError } from '../contracts/errors.js';
import type { Explanation, ReadingSink } from '../contracts/graph.js';
import { metabolicStateNamed } from '../contracts/metabolism.js';
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

/** Passes a request for a metabolic state on; in words what became of it. */
function requestState(node: RosNode, sink: ReadingSink, name: string): { success: boolean; message: string } {
  try {
    const state = metabolicStateNamed(name);
    const success = sink.put(operatorReading(node, 'state', state));
    return { success, message: success ? `${state} requested` : 'too many requests are waiting; try again' };
  } catch (thrown) {
    if (!(thrown instanceof SageError)) throw thrown;
    return { success: false, message: thrown.message };
  }
}

/**
 * Serves `sage/stop`, `sage/resume` (std_srvs/Trigger), `sage/set_metabolic_state` (sage/srv/SetMetabolicState) and
 * `sage/explain` (sage/srv/Explain).
 */
export function serveOperator(
  node: RosNode,
  sink: ReadingSink,
  explain: (cycle: number) => Explanation | null,
): void {
  for (const request of ['stop', 'resume'] as const) {
    node.service<object, object>('std_srvs/srv/Trigger', `sage/${request}`, () => {
      const success = sink.put(operatorReading(node, request));
      return {
        success,
        message: success ? `${request} accepted` : 'too many requests are waiting; try again',
      };
    });
  }
  node.service<{ readonly state: string }, object>(
    'sage/srv/SetMetabolicState',
    'sage/set_metabolic_state',
    ({ state }) => requestState(node, sink, state),
  );
  node.service<{ readonly cycle: bigint }, object>('sage/srv/Explain', 'sage/explain', ({ cycle }) => {
    const explanation = explain(Number(cycle));
    if (explanation !== null) return { found: true, ...explanation };
    const text = cycle === 0n ? 'no decisions yet' : `the decision of cycle ${cycle} is no longer kept`;
    return { found: false, text, record_json: '' };
  });
}
