import { SageError } from '../contracts/errors.js';
import { GOAL_TEXT_MAX } from './blocks/goal.js';
import { openRos } from './context.js';
import type { RclActionClient, RclClientGoalHandle } from './rcl.js';

const TYPE = 'sage/action/Pursue';
/** Between two looks for a node that takes goals, ms. */
const LOOK_MS = 100;

/** Feedback of sage/action/Pursue. */
export interface PursueFeedback {
  readonly step: string;
  readonly progress: number;
  readonly metabolic_state: string;
  readonly detail: string;
}

/** Result of sage/action/Pursue. */
export interface PursueResult {
  readonly success: boolean;
  readonly outcome: string;
  readonly code: string;
  readonly reason: string;
  readonly progress: number;
}

/** What rclnodejs's action client does beyond what the rest of src/ros needs of it. */
interface PursueClient extends RclActionClient {
  sendGoal(goal: object, onFeedback?: (feedback: PursueFeedback) => void): Promise<PursueHandle>;
}

interface PursueHandle extends RclClientGoalHandle {
  getResult(): Promise<PursueResult & { readonly error_code?: number }>;
}

export interface GoalRequest {
  readonly text: string;
  /** 0..10. */
  readonly priority: number;
  /** 0 = none. */
  readonly deadline_s: number;
  /** From `--ros-args` on; may be empty. */
  readonly rosArgs: readonly string[];
  /** Time to find a node that takes goals, ms. */
  readonly timeout_ms: number;
  /** Wait for the end of the goal, instead of for its being taken. */
  readonly wait: boolean;
  readonly onFeedback: (feedback: PursueFeedback) => void;
}

/**
 * Gives a goal to the running node through its action `sage/pursue`. Null once it was taken (without `wait`), else
 * its result; a goal that is refused has its result at once. The goal goes on when this process ends.
 * Throws SAGE_407 for a text that is too long, SAGE_806 where no node takes goals, SAGE_406 where it takes no more,
 * and what openRos throws.
 */
export async function giveGoal(request: GoalRequest): Promise<PursueResult | null> {
  const { text, priority, deadline_s } = request;
  if (text.length > GOAL_TEXT_MAX) {
    throw new SageError('SAGE_407', 'sage goal', `${text.length} characters; the limit is ${GOAL_TEXT_MAX}`);
  }
  const ros = await openRos(request.rosArgs, `sage_goal_${process.pid}`, () => {});
  try {
    const node = ros.createNode(`sage_goal_${process.pid}`);
    const client = new node.rcl.ActionClient(node.inner, TYPE, 'sage/pursue') as unknown as PursueClient;
    node.spin();
    await serverOf(client, request.timeout_ms, ros.domain_id);
    let taken: () => void = () => {};
    const acceptance = new Promise<null>((resolve) => {
      taken = () => resolve(null);
    });
    const handle = await client.sendGoal(
      { text, priority, deadline_s },
      node.guard('sage/pursue', (feedback: PursueFeedback) => {
        request.onFeedback(feedback);
        // `waiting` is said before the kernel has looked at the text.
        if (feedback.detail !== 'waiting') taken();
      }),
    );
    if (!handle.accepted) throw new SageError('SAGE_406', 'sage/pursue', `"${text}" was not accepted`);
    const result = handle.getResult();
    return await (request.wait ? result : Promise.race([result, acceptance]));
  } finally {
    ros.close();
  }
}

/** Waits until the action has a server. */
async function serverOf(client: RclActionClient, timeout_ms: number, domain_id: number): Promise<void> {
  const begun_ms = performance.now();
  while (!client.isActionServerAvailable()) {
    if (performance.now() - begun_ms > timeout_ms) {
      throw new SageError('SAGE_806', 'sage/pursue', `no node in domain ${domain_id} accepts goals`);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
