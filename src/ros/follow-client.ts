import { randomBytes } from 'node:crypto';
import { type Fault, fault } from '../contracts/errors.js';
import { type GoalEnd, GoalSender } from './action/goal-sender.js';
import { GOAL_STATUS } from './action/goal-status.js';
import type { JointTrajectoryMessage } from './messages.js';
import type { RosNode } from './node.js';

export const FOLLOW_TYPE = 'control_msgs/action/FollowJointTrajectory';
const UUID_TYPE = 'unique_identifier_msgs/msg/UUID';
const UUID_BYTES = 16;
export const FOLLOW_ACTION = 'arm_controller/follow_joint_trajectory';

/** control_msgs/FollowJointTrajectory results. A goal that a newer one replaced ends without success, on purpose. */
const SUCCESSFUL = 0;
const MEANINGS: Readonly<Record<number, string>> = {
  [-1]: 'invalid goal',
  [-2]: 'invalid joints',
  [-3]: 'old header timestamp',
  [-4]: 'path tolerance violated',
  [-5]: 'goal tolerance violated',
};
const GIVEN_UP: Readonly<Record<number, string>> = {
  [GOAL_STATUS.aborted]: 'aborted the trajectory',
  [GOAL_STATUS.canceled]: 'was asked to cancel the trajectory',
};

interface Outcome {
  readonly error_code?: number;
  readonly error_string?: string;
}

/** Sends trajectories as FollowJointTrajectory goals; reports the outcome of the newest. */
export class FollowClient {
  private readonly sender: GoalSender<Outcome>;
  private readonly GoalId: new () => { uuid: Uint8Array };

  /**
   * @param onGoal receives the id of each goal before it is sent
   * @param onDone is called when the newest goal was followed to its end
   */
  constructor(
    node: RosNode,
    private readonly onFault: (found: Fault) => void,
    private readonly onGoal: (uuid: Uint8Array) => void,
    private readonly onDone: () => void = () => {},
  ) {
    this.GoalId = node.rcl.require(UUID_TYPE) as new () => { uuid: Uint8Array };
    this.sender = new GoalSender(node, FOLLOW_TYPE, FOLLOW_ACTION);
  }

  /** True where a controller serves the action now. */
  available(): boolean {
    return this.sender.available();
  }

  send(trajectory: JointTrajectoryMessage): void {
    const goal_id = new this.GoalId();
    const uuid = Uint8Array.from(randomBytes(UUID_BYTES));
    goal_id.uuid = uuid;
    this.onGoal(uuid);
    this.sender.send({ trajectory }, (end) => this.ended(end), goal_id);
  }

  close(): void {
    this.sender.close();
  }

  private ended(end: GoalEnd<Outcome>): void {
    const wrong = wrongWith(end);
    if (wrong === null) this.onDone();
    else this.onFault(fault('SAGE_708', 'arm', wrong));
  }
}

/** Why a trajectory was not followed to its end, or null where it was. */
function wrongWith(end: GoalEnd<Outcome>): string | null {
  if (end.kind === 'refused') return 'the controller rejected the trajectory';
  if (end.kind === 'lost') return end.reason;
  const { error_code = SUCCESSFUL, error_string = '' } = end.result;
  if (error_code !== SUCCESSFUL) {
    const told = [MEANINGS[error_code] ?? '', error_string].filter(Boolean).join(': ');
    return `controller error ${error_code}${told === '' ? '' : ` (${told})`}`;
  }
  // Some controllers set no code then.
  const what = GIVEN_UP[end.status];
  return what === undefined
    ? null
    : `the controller ${what}${error_string === '' ? '' : `: ${error_string}`}`;
}
