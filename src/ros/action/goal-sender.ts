import { messageOf } from '../../contracts/errors.js';
import type { RosNode } from '../node.js';
import type { RclActionClient } from '../rcl.js';

/** What became of a goal. `status` by the numbers of GOAL_STATUS; `lost`: the answer did not come. */
export type GoalEnd<Result> =
  | { readonly kind: 'refused' }
  | { readonly kind: 'ended'; readonly status: number; readonly result: Result }
  | { readonly kind: 'lost'; readonly reason: string };

/**
 * Sends goals of one action, each of which replaces the one before in the controller: only of the newest is it told
 * what became of it, and of none once this is closed.
 */
export class GoalSender<Result> {
  /** Of the action, in full. */
  readonly name: string;
  private readonly client: RclActionClient;
  private newest = 0;

  /** @param action as it is called before it is remapped */
  constructor(node: RosNode, type: string, action: string) {
    // Resolved here: not every ROS 2 applies remaps to the names of actions.
    this.name = node.resolve(action);
    this.client = new node.rcl.ActionClient(node.inner, type, this.name);
  }

  /** True where a controller serves the action now. */
  available(): boolean {
    return this.client.isActionServerAvailable();
  }

  /** @param goal_id a unique_identifier_msgs/UUID; without it one is made */
  send(goal: object, onEnd: (end: GoalEnd<Result>) => void, goal_id?: object): void {
    this.newest += 1;
    const number = this.newest;
    void this.endOf(goal, goal_id).then((end) => {
      if (number === this.newest) onEnd(end);
    });
  }

  close(): void {
    this.newest += 1;
    this.client.destroy();
  }

  private async endOf(goal: object, goal_id: object | undefined): Promise<GoalEnd<Result>> {
    try {
      const handle = await this.client.sendGoal(goal, undefined, goal_id);
      if (!handle.accepted) return { kind: 'refused' };
      const result = (await handle.getResult()) as Result;
      return { kind: 'ended', status: handle.status, result };
    } catch (thrown) {
      return { kind: 'lost', reason: messageOf(thrown) };
    }
  }
}
