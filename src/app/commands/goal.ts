import { giveGoal, type PursueFeedback, type PursueResult } from '../../ros/goal-client.js';
import { EXIT, print, printJson } from '../output.js';

/** Time to find the node on the graph, ms. */
const FIND_MS = 10_000;

export interface GoalOptions {
  readonly wait?: boolean;
  readonly priority: number;
  readonly deadline: number;
  readonly json?: boolean;
}

/** Gives the running node a goal; exit code 0 when it was taken, with `--wait` when it was satisfied. */
export async function runGoal(
  text: string,
  options: GoalOptions,
  rosArgs: readonly string[],
): Promise<number> {
  let said = '';
  const result = await giveGoal({
    text: text.trim(),
    priority: options.priority,
    deadline_s: options.deadline,
    rosArgs,
    timeout_ms: FIND_MS,
    wait: options.wait ?? false,
    onFeedback: (feedback) => {
      const line = feedbackLine(feedback);
      if (options.wait && line !== said) process.stderr.write(`${line}\n`);
      said = line;
    },
  });
  const good = result === null || result.success;
  if (options.json) printJson({ goal: text, taken: good || result?.outcome !== 'rejected', result });
  else print(result === null ? `taken: ${text}` : resultLine(text, result));
  return good ? EXIT.done : EXIT.failed;
}

function feedbackLine({ step, progress, metabolic_state, detail }: PursueFeedback): string {
  const at = step === '' ? '' : ` ${step} ${Math.round(100 * progress)} %`;
  return `${metabolic_state}${at}: ${detail}`;
}

function resultLine(text: string, { outcome, code, reason }: PursueResult): string {
  // Some reasons are whole error messages, which begin with their code.
  const why = code === '' || reason.startsWith(code) ? reason : `${code} ${reason}`.trimEnd();
  return `${outcome}: ${text}${why === '' ? '' : `: ${why}`}`;
}
