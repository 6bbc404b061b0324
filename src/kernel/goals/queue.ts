import type { ErrorCode, Fault } from '../../contracts/errors.js';
import { fault, SageError } from '../../contracts/errors.js';
import type { Goal, GoalEvent, GoalOutcome } from '../../contracts/goal.js';
import type { GoalReading } from '../../contracts/observation.js';
import { parseGoal } from './parse.js';

const FAULT_MAX = 16;

/** An accepted goal and its progress. */
interface Entry {
  readonly goal: Goal;
  /** Arrival counter, because a clock may jump back. */
  readonly arrival: number;
  step: string;
  progress: number;
  preempted: boolean;
}

/** Higher priority first; ties in order of arrival. */
const byTurn = (a: Entry, b: Entry): number => b.goal.priority - a.goal.priority || a.arrival - b.arrival;

/**
 * The waiting goals and the active one. Higher priority preempts; equal priority waits its turn, in order of
 * arrival. At most `capacity` wait. Events are collected until the cycle takes them.
 */
export class GoalQueue {
  private waiting: Entry[] = [];
  private current: Entry | null = null;
  private events: GoalEvent[] = [];
  private refused: Fault[] = [];
  private arrivals = 0;

  constructor(private readonly capacity: number) {}

  get active(): Goal | null {
    return this.current?.goal ?? null;
  }

  get busy(): boolean {
    return this.current !== null || this.waiting.length > 0;
  }

  /** Pending goals, the active one first, then the others in turn: what must survive a restart. */
  get standing(): readonly Goal[] {
    return this.entries.map(({ goal }) => goal);
  }

  /**
   * Accepts a goal as it was said. A stop ends all others at once. Returns false if it was refused.
   * @param understand turns the reading into a goal, by default with the rules; throws to refuse it
   */
  accept(reading: GoalReading, understand: (reading: GoalReading) => Goal = parseGoal): boolean {
    let goal: Goal;
    try {
      goal = understand(reading);
    } catch (thrown) {
      if (!(thrown instanceof SageError)) throw thrown;
      this.refuse(reading, thrown.code, thrown.message, thrown.toFault());
      return false;
    }
    const entry: Entry = { goal, arrival: ++this.arrivals, step: '', progress: 0, preempted: false };
    if (goal.verb === 'stop') {
      this.cancelAll('stopped by the user');
      this.emit(
        { ...entry, step: 'stop', progress: 1 },
        'satisfied',
        null,
        'all goals cancelled, the arm holds',
      );
      return true;
    }
    const obstacle = this.obstacle(goal);
    if (obstacle !== null) {
      this.refuse(reading, obstacle.code, obstacle.why, fault(obstacle.code, 'sage/goal', obstacle.why));
      return false;
    }
    this.waiting.push(entry);
    this.waiting.sort(byTurn);
    this.emit(entry, 'accepted', null, '');
    return true;
  }

  /**
   * Selects the active goal and ends those past their deadline.
   * @returns true if the active goal changed.
   */
  choose(now_ms: number): boolean {
    for (const { goal } of this.entries) {
      if (goal.deadline_ms !== null && now_ms > goal.deadline_ms)
        this.end(goal.goal_id, 'expired', 'SAGE_405', 'deadline passed');
    }
    const next = this.waiting[0];
    if (next === undefined) return false;
    const before = this.current;
    if (before !== null && next.goal.priority <= before.goal.priority) return false;
    this.waiting.shift();
    if (before !== null) {
      before.preempted = true;
      this.emit(before, 'preempted', null, `"${next.goal.text}" has a higher priority`);
      this.waiting.push(before);
      this.waiting.sort(byTurn);
    }
    this.current = next;
    this.emit(next, next.preempted ? 'resumed' : 'active', null, '');
    next.preempted = false;
    return true;
  }

  /**
   * Ends a goal, active or waiting, with its last known progress. Unknown ids are not an error: an action may
   * cancel a goal that has just ended.
   */
  end(goal_id: string, outcome: GoalOutcome, code: ErrorCode | null, reason: string): void {
    const entry = this.entries.find(({ goal }) => goal.goal_id === goal_id);
    if (entry === undefined) return;
    if (this.current === entry) this.current = null;
    else this.waiting = this.waiting.filter((candidate) => candidate !== entry);
    this.emit(entry, outcome, code, reason);
  }

  cancelAll(reason: string): void {
    for (const { goal } of this.entries) this.end(goal.goal_id, 'cancelled', null, reason);
  }

  /** Rejects an utterance before it became a goal. */
  dismiss({ goal_id, text }: GoalReading, reason: string): void {
    this.events.push({
      goal_id,
      text: text.slice(0, 200),
      status: 'cancelled',
      step: '',
      progress: 0,
      code: null,
      reason,
    });
  }

  /** Records the progress of the active goal, each cycle; its end, whenever it comes, will report it. */
  note(step: string, progress: number): void {
    if (this.current !== null) Object.assign(this.current, { step, progress });
  }

  /** Publishes feedback: the active goal completed a step, or started another. */
  report(reason: string): void {
    if (this.current !== null) this.emit(this.current, 'active', null, reason);
  }

  takeEvents(): readonly GoalEvent[] {
    return this.events.splice(0);
  }

  takeFaults(): readonly Fault[] {
    return this.refused.splice(0);
  }

  private get entries(): readonly Entry[] {
    return this.current === null ? [...this.waiting] : [this.current, ...this.waiting];
  }

  /** Why a goal that was understood cannot be accepted, or null. */
  private obstacle({ goal_id }: Goal): { readonly code: ErrorCode; readonly why: string } | null {
    if (this.entries.some(({ goal }) => goal.goal_id === goal_id))
      return { code: 'SAGE_410', why: `"${goal_id}" is already in use` };
    if (this.waiting.length >= this.capacity)
      return { code: 'SAGE_406', why: `${this.waiting.length} goals are already waiting` };
    return null;
  }

  private refuse(reading: GoalReading, code: ErrorCode, reason: string, why: Fault): void {
    this.events.push({
      goal_id: reading.goal_id,
      text: reading.text.slice(0, 200),
      status: 'rejected',
      step: '',
      progress: 0,
      code,
      reason,
    });
    if (this.refused.length < FAULT_MAX) this.refused.push(why);
  }

  private emit(entry: Entry, status: GoalEvent['status'], code: ErrorCode | null, reason: string): void {
    const { goal, step, progress } = entry;
    this.events.push({ goal_id: goal.goal_id, text: goal.text, status, step, progress, code, reason });
  }
}
