/** How a goal of an action stands, by the numbers of action_msgs/GoalStatus. */
export const GOAL_STATUS = {
  accepted: 1,
  executing: 2,
  canceling: 3,
  succeeded: 4,
  canceled: 5,
  aborted: 6,
} as const;
