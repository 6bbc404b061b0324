import { randomBytes } from 'node:crypto';
import { type Fault, fault, messageOf } from '../contracts/errors.js';
import type { JointTrajectoryMessage } from './messages.js';
import type { RosNode } from './node.js';
import type { RclActionClient } from './rcl.js';

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
/** action_msgs/GoalStatus: ended by somebody else, or given up. Some controllers set no code then. */
const CANCELED = 5;
const ABORTED = 6;

interface Outcome {
  readonly error_code?: number;
  readonly error_string?: string;
}

/**
 * Sends trajectories as FollowJointTrajectory goals. A new goal replaces the running one in the controller, as a
 * message on its topic would; only the outcome of the newest is reported.
 */
export class FollowClient {
  private readonly client: RclActionClient;
  private readonly GoalId: new () => { uuid: Uint8Array };
  private newest = 0;

  /**
   * @param onGoal is told the id of each goal before it is sent
   * @param onDone is called when the newest goal was followed to its end
   */
  constructor(
    node: RosNode,
    private readonly onFault: (found: Fault) => void,
    private readonly onGoal: (uuid: Uint8Array) => void,
    private readonly onDone: () => void = () => {},
  ) {
    this.GoalId = node.rcl.require(UUID_TYPE) as new () => { uuid: Uint8Array };
    // Resolved here: not every ROS 2 applies remaps to the names of actions.
    this.client = new node.rcl.ActionClient(node.inner, FOLLOW_TYPE, node.resolve(FOLLOW_ACTION));
  }

  /** True where a controller serves the action now. */
  available(): boolean {
    return this.client.isActionServerAvailable();
  }

  send(trajectory: JointTrajectoryMessage): void {
    this.newest += 1;
    void this.follow(trajectory, this.newest);
  }

  close(): void {
    this.newest += 1;
    this.client.destroy();
  }

  private async follow(trajectory: JointTrajectoryMessage, number: number): Promise<void> {
    try {
      const goal_id = new this.GoalId();
      const uuid = Uint8Array.from(randomBytes(UUID_BYTES));
      goal_id.uuid = uuid;
      this.onGoal(uuid);
      const handle = await this.client.sendGoal({ trajectory }, undefined, goal_id);
      if (!handle.accepted) return this.report(number, 'the controller refused the trajectory');
      const { error_code = SUCCESSFUL, error_string = '' } = (await handle.getResult()) as Outcome;
      if (error_code !== SUCCESSFUL) {
        const told = [MEANINGS[error_code] ?? '', error_string].filter(Boolean).join(': ');
        this.report(number, `controller error ${error_code}${told === '' ? '' : ` (${told})`}`);
      } else if (handle.status === ABORTED || handle.status === CANCELED) {
        const what = handle.status === ABORTED ? 'gave the trajectory up' : 'was told to drop the trajectory';
        this.report(number, `the controller ${what}${error_string === '' ? '' : `: ${error_string}`}`);
      } else if (number === this.newest) this.onDone();
    } catch (thrown) {
      this.report(number, messageOf(thrown));
    }
  }

  private report(number: number, detail: string): void {
    if (number === this.newest) this.onFault(fault('SAGE_708', 'arm', detail));
  }
}
