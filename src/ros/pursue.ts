import type { CycleReport } from '../contracts/effects.js';
import { type ErrorCode, messageOf } from '../contracts/errors.js';
import type { GoalEvent, GoalOutcome } from '../contracts/goal.js';
import type { ReadingSink } from '../contracts/graph.js';
import { GOAL_STATUS } from './action/goal-status.js';
import { unfitText } from './blocks/goal.js';
import type { BugReporter, RosNode } from './node.js';
import { GOAL_RESPONSE, type RclActionType, type RclGoalHandle } from './rcl.js';
import { operatorReading } from './services.js';

const TYPE = 'sage/action/Pursue';
/** How often a goal that goes on without news sends feedback, ms: at least twice a second. */
const FEEDBACK_MS = 400;
/** How long a client may ask for a result after the goal ended, s. */
const RESULT_TIMEOUT_S = 60;
const PRIORITY_MAX = 10;

interface PursueGoal {
  readonly text: string;
  readonly priority: number;
  readonly deadline_s: number;
}

interface Outcome {
  readonly outcome: GoalOutcome;
  readonly code: ErrorCode | '';
  readonly reason: string;
  readonly progress: number;
}

/** One accepted goal until its result is known. */
interface Pursuit {
  readonly handle: RclGoalHandle;
  readonly finish: (outcome: Outcome) => void;
  /** The kernel works on it now, where others wait. */
  running: boolean;
  step: string;
  progress: number;
  detail: string;
  feedback_ms: number;
}

/** A goal of this status is over. */
export const ENDED: ReadonlySet<string> = new Set([
  'satisfied',
  'failed',
  'cancelled',
  'expired',
  'rejected',
]);

const RUNNING: ReadonlySet<string> = new Set(['active', 'resumed']);

export interface PursueOptions {
  readonly node: RosNode;
  readonly sink: ReadingSink;
  /** Goals under way at once; one more is refused. */
  readonly goals_max: number;
  /** Goals are taken only while this is true. */
  readonly active: () => boolean;
  readonly onBug: BugReporter;
}

/**
 * The action `sage/pursue`: a goal becomes a reading for the kernel, the kernel's goal events become feedback and
 * result. Goal ids are the action's own UUIDs. A goal that cannot be taken ends at once as `rejected` with its
 * code, so that its sender learns why; only one beyond `goals_max` is refused outright.
 */
export class PursueServer {
  private readonly pursuits = new Map<string, Pursuit>();
  private readonly type: RclActionType;

  constructor(private readonly options: PursueOptions) {
    const { node } = options;
    this.type = node.rcl.require(TYPE) as RclActionType;
    const guarded = <A extends unknown[], R>(fallback: R, work: (...args: A) => R) => {
      return (...args: A): R => {
        try {
          return work(...args);
        } catch (thrown) {
          options.onBug('sage/pursue', messageOf(thrown));
          return fallback;
        }
      };
    };
    const server = new node.rcl.ActionServer(
      node.inner,
      TYPE,
      // Resolved here: not every ROS 2 applies remaps to the names of actions.
      node.resolve('sage/pursue'),
      async () => this.result({ outcome: 'rejected', code: '', reason: '', progress: 0 }),
      guarded(GOAL_RESPONSE.reject as number, () =>
        this.pursuits.size < options.goals_max ? GOAL_RESPONSE.accept : GOAL_RESPONSE.reject,
      ),
      guarded(undefined, (handle: RclGoalHandle) => this.accept(handle)),
      guarded(GOAL_RESPONSE.reject as number, (handle: RclGoalHandle) => this.cancel(handle)),
      { resultTimeout: RESULT_TIMEOUT_S },
    );
    outliveClients(server, node);
  }

  /** Passes on what happened to goals in one cycle, and feedback for those that go on. */
  advance(events: readonly GoalEvent[], report: CycleReport): void {
    const now_ms = this.options.node.now_ms();
    for (const event of events) {
      const pursuit = this.pursuits.get(event.goal_id);
      if (pursuit === undefined) continue;
      pursuit.step = event.step;
      pursuit.progress = event.progress;
      pursuit.running = RUNNING.has(event.status);
      pursuit.detail = event.reason === '' ? event.status : `${event.status}: ${event.reason}`;
      if (ENDED.has(event.status)) this.end(event.goal_id, pursuit, event);
      else this.feedback(pursuit, report.state, now_ms);
    }
    for (const [goal_id, pursuit] of this.pursuits) {
      // Between its events, the report says how far the goal under way has come.
      if (pursuit.running && report.goal?.goal_id === goal_id) {
        pursuit.step = report.goal.step;
        pursuit.progress = report.goal.progress;
      }
      const since_ms = now_ms - pursuit.feedback_ms;
      if (since_ms >= FEEDBACK_MS || since_ms < 0) this.feedback(pursuit, report.state, now_ms);
    }
  }

  /** Ends every goal: the node goes. The server itself is destroyed with its node, once the results have left. */
  endAll(): void {
    for (const [goal_id, pursuit] of this.pursuits) {
      this.pursuits.delete(goal_id);
      const { progress } = pursuit;
      pursuit.finish({ outcome: 'cancelled', code: '', reason: 'the node is shutting down', progress });
    }
  }

  private accept(handle: RclGoalHandle): void {
    const goal_id = Buffer.from(Uint8Array.from(handle.goalId.uuid)).toString('hex');
    const goal = handle.request as PursueGoal;
    handle.execute(
      () =>
        new Promise<object>((resolve) => {
          const finish = (outcome: Outcome): void => {
            settle(handle, outcome.outcome);
            resolve(this.result(outcome));
          };
          const refused = this.refuse(goal, goal_id);
          if (refused !== null) return finish(refused);
          this.pursuits.set(goal_id, {
            handle,
            finish,
            running: false,
            step: '',
            progress: 0,
            detail: 'waiting',
            feedback_ms: Number.NEGATIVE_INFINITY,
          });
        }),
    );
  }

  /** Hands the goal to the kernel, or says why it is not taken. */
  private refuse(goal: PursueGoal, goal_id: string): Outcome | null {
    const rejected = (code: ErrorCode, reason: string): Outcome => ({
      outcome: 'rejected',
      code,
      reason,
      progress: 0,
    });
    const { node, sink, active } = this.options;
    const { priority, deadline_s } = goal;
    const text = goal.text.trim();
    if (!active()) return rejected('SAGE_707', 'the node is not active');
    const unfit = unfitText(text);
    if (unfit !== null) return rejected(unfit.code, unfit.detail);
    if (!(priority >= 0 && priority <= PRIORITY_MAX)) {
      return rejected('SAGE_208', `priority ${priority} is not within 0..${PRIORITY_MAX}`);
    }
    if (!(deadline_s >= 0 && Number.isFinite(deadline_s))) {
      return rejected('SAGE_208', `deadline ${deadline_s} s is not a time`);
    }
    const now_ms = node.now_ms();
    const taken = sink.put({
      kind: 'goal',
      source: 'goal',
      stamp_ms: now_ms,
      received_ms: now_ms,
      goal_id,
      text,
      priority,
      deadline_s,
    });
    return taken ? null : rejected('SAGE_406', 'too many goals are waiting');
  }

  private cancel(handle: RclGoalHandle): number {
    const goal_id = Buffer.from(Uint8Array.from(handle.goalId.uuid)).toString('hex');
    if (!this.pursuits.has(goal_id)) return GOAL_RESPONSE.reject;
    const { node, sink } = this.options;
    return sink.put(operatorReading(node, 'cancel', goal_id)) ? GOAL_RESPONSE.accept : GOAL_RESPONSE.reject;
  }

  private end(goal_id: string, pursuit: Pursuit, event: GoalEvent): void {
    this.pursuits.delete(goal_id);
    pursuit.finish({
      outcome: event.status as GoalOutcome,
      code: event.code ?? '',
      reason: event.reason,
      progress: event.progress,
    });
  }

  private feedback(pursuit: Pursuit, metabolic_state: string, now_ms: number): void {
    pursuit.feedback_ms = now_ms;
    if (pursuit.handle.status !== GOAL_STATUS.executing) return;
    const { step, progress, detail } = pursuit;
    pursuit.handle.publishFeedback(
      Object.assign(new this.type.Feedback(), { step, progress, metabolic_state, detail }),
    );
  }

  private result(outcome: Outcome): object {
    return Object.assign(new this.type.Result(), { success: outcome.outcome === 'satisfied', ...outcome });
  }
}

/**
 * rclnodejs 2.2.0 sends a result from within a promise that nobody awaits. Where the client has left meanwhile,
 * rcl throws there, and the whole process would end: with every `sage goal` that does not wait.
 */
function outliveClients(server: object, node: RosNode): void {
  const sender = server as { _sendResultResponse: (header: unknown, result: unknown) => void };
  const send = sender._sendResultResponse.bind(server);
  sender._sendResultResponse = (header, result) => {
    try {
      send(header, result);
    } catch (thrown) {
      node.inner.getLogger().info(`sage/pursue: a result could not be delivered: ${messageOf(thrown)}`);
    }
  };
}

/** Brings the action's own state to its end: cancelled only where a client asked for it, as the protocol wants. */
function settle(handle: RclGoalHandle, outcome: GoalOutcome): void {
  if (outcome === 'satisfied') handle.succeed();
  else if (outcome === 'cancelled' && handle.isCancelRequested) handle.canceled();
  else handle.abort();
}
