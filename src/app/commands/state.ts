import { metabolicStateNamed } from '../../contracts/metabolism.js';
import { transitionsMermaid } from '../../metabolism/index.js';
import { latestMessage } from '../../ros/latest-message.js';
import { callService } from '../../ros/service-client.js';
import { EXIT, print, printJson } from '../output.js';
import { age } from '../view/numbers.js';

/** Time to find the node on the graph, ms. */
const FIND_MS = 10_000;
const ANSWER_MS = 5000;

export interface StateOptions {
  readonly json?: boolean;
  readonly diagram?: boolean;
}

/** What `sage/metabolic_state` says, as far as received. */
export interface StateMessage {
  readonly name: string;
  readonly reason: string;
  readonly energy: number;
  readonly time_in_state_s: number;
}

/** The state in words: which, since when, why, and with how much energy. */
function stateLine({ name, reason, energy, time_in_state_s }: StateMessage): string {
  return `${name} for ${age(1000 * time_in_state_s)}: ${reason}; energy ${energy.toFixed(0)} of 100`;
}

async function tellState({ json }: StateOptions, rosArgs: readonly string[]): Promise<number> {
  const message = await latestMessage<StateMessage>({
    type: 'sage/msg/MetabolicState',
    topic: 'sage/metabolic_state',
    rosArgs,
    find_ms: FIND_MS,
  });
  const { name, reason, energy, time_in_state_s } = message;
  if (json) printJson({ state: name, reason, energy, time_in_state_s });
  else print(stateLine(message));
  return EXIT.done;
}

/**
 * Says which metabolic state the running node is in; asks it for another where one is named; with `diagram` prints the
 * transitions as Mermaid instead.
 * @throws SageError SAGE_807, SAGE_806
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
  if (name === '') return tellState(options, rosArgs);
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
