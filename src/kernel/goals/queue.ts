import type { ErrorCode, Fault } from '../../contracts/errors.js';
import { fault, SageError } from '../../contracts/errors.js';
import type { Goal, GoalEvent, GoalOutcome } from '../../contracts/goal.js';
import type { GoalReading } from '../../contracts/observation.js';
import { parseGoal } from './parse.js';

const FAULT_MAX = 16;

/**
 * The goals that wait, and the one that is pursued. Higher priority preempts; equal priority waits its turn.
 * Events are collected until the cycle takes them.
 */
export class GoalQueue {
  private waiting: Goal[] = [];
  private current: Goal | null = null;
  private events: GoalEvent[] = [];
  private refused: Fault[] = [];

  constructor(private readonly capacity: number) {}

  get active(): Goal | null {
    return this.current;
  }

  get busy(): boolean {
    return this.current !== null || this.waiting.length > 0;
  }

  /** Goals that stand, the active one first: what has to survive a restart. */
  get standing(): readonly Goal[] {
    return this.current === null ? this.waiting : [this.current, ...this.waiting];
  }

  /** Takes a goal as it was said. A stop ends all others at once. Returns false when it was refused. */
  accept(reading: GoalReading): boolean {
    let goal: Goal;
    try {
      goal = parseGoal(reading);
    } catch (thrown) {
      if (!(thrown instanceof SageError)) throw thrown;
      this.refuse(reading, thrown.code, thrown.message, thrown.toFault());
      return false;
    }
    if (goal.verb === 'stop') {
      this.cancelAll('stopped by the user');
      this.emit(goal, 'satisfied', 'stop', 1, null, 'all goals cancelled, the arm holds');
      return true;
    }
    if (this.waiting.length >= this.capacity) {
      const full = `${this.waiting.length} goals wait already`;
      this.refuse(reading, 'SAGE_406', full, fault('SAGE_406', 'sage/goal', full));
      return false;
    }
    this.waiting.push(goal);
    this.waiting.sort((a, b) => b.priority - a.priority || a.accepted_ms - b.accepted_ms);
    this.emit(goal, 'accepted', '', 0, null, '');
    return true;
  }

  /**
   * Chooses the goal to pursue now and ends those whose deadline has passed.
   * @returns true when the active goal is another than before.
   */
  choose(now_ms: number): boolean {
    const expired = this.standing.filter((goal) => goal.deadline_ms !== null && now_ms > goal.deadline_ms);
    for (const goal of expired) this.end(goal.goal_id, 'expired', 0, 'SAGE_405', 'deadline passed');
    const next = this.waiting[0];
    if (next === undefined) return false;
    if (this.current !== null && next.priority <= this.current.priority) return false;
    this.waiting.shift();
    if (this.current !== null) {
      this.emit(this.current, 'preempted', '', 0, null, `"${next.text}" has a higher priority`);
      this.waiting.unshift(this.current);
      this.waiting.sort((a, b) => b.priority - a.priority || a.accepted_ms - b.accepted_ms);
    }
    this.current = next;
    this.emit(next, 'active', '', 0, null, '');
    return true;
  }

  /** Ends a goal, active or waiting. Unknown ids are not an error: an action may cancel what has just ended. */
  end(goal_id: string, outcome: GoalOutcome, progress: number, code: ErrorCode | null, reason: string): void {
    const goal = this.standing.find((candidate) => candidate.goal_id === goal_id);
    if (goal === undefined) return;
    if (this.current === goal) this.current = null;
    else this.waiting = this.waiting.filter((candidate) => candidate !== goal);
    this.emit(goal, outcome, '', progress, code, reason);
  }

  cancelAll(reason: string): void {
    for (const goal of [...this.standing]) this.end(goal.goal_id, 'cancelled', 0, null, reason);
  }

  /** Progress of the active goal, for feedback. */
  report(step: string, progress: number, reason: string): void {
    if (this.current !== null) this.emit(this.current, 'active', step, progress, null, reason);
  }

  takeEvents(): readonly GoalEvent[] {
    return this.events.splice(0);
  }

  takeFaults(): readonly Fault[] {
    return this.refused.splice(0);
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

  private emit(
    goal: Goal,
    status: GoalEvent['status'],
    step: string,
    progress: number,
    code: ErrorCode | null,
    reason: string,
  ): void {
    this.events.push({ goal_id: goal.goal_id, text: goal.text, status, step, progress, code, reason });
  }
}
