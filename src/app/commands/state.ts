import { SageError } from '../../contracts/errors.js';
import { METABOLIC_STATES, metabolicStateNamed } from '../../contracts/metabolism.js';
import { transitionsMermaid } from '../../metabolism/index.js';
import { callService } from '../../ros/service-client.js';
import { EXIT, print, printJson } from '../output.js';

/** Time to find the node on the graph, ms. */
const FIND_MS = 10_000;
const ANSWER_MS = 5000;

export interface StateOptions {
  readonly json?: boolean;
  readonly diagram?: boolean;
}

/**
 * Asks the running node for a metabolic state; with `diagram` prints the transitions as Mermaid instead.
 * @throws SageError SAGE_901, SAGE_807, SAGE_806
 */
export async function runState(
  name: string,
  options: StateOptions,
  rosArgs: readonly string[],
): Promise<number> {
  if (options.diagram) {
    print(transitionsMermaid().trimEnd());
    return EXIT.done;
  }
  if (name === '') {
    const names = METABOLIC_STATES.join(', ');
    throw new SageError('SAGE_901', 'sage state', `a state is missing, one of ${names}; or --diagram`);
  }
  const state = metabolicStateNamed(name);
  const answer = await callService<{ readonly success: boolean; readonly message: string }>({
    type: 'sage/srv/SetMetabolicState',
    service: 'sage/set_metabolic_state',
    request: { state },
    rosArgs,
    find_ms: FIND_MS,
    answer_ms: ANSWER_MS,
  });
  const { success, message } = answer;
  if (options.json) printJson({ state, success, message });
  else print(message);
  return success ? EXIT.done : EXIT.failed;
}
