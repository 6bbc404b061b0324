import { EscapeMargin } from '../../robot/escape-margin.js';
import { identity } from '../../robot/transform.js';
import { workspaceMargin } from '../../robot/workspace-box.js';
import type { JointPath } from './joint-path.js';
import type { Problem } from './problem.js';

/** Largest change of the fastest joint between two checks near obstacles, rad or m. */
const STEP_MAX_JOINT = 0.05;
/** Share of the free distance that one step may use. */
const ADVANCE_SHARE = 0.9;
/** Most checks per path, to bound the cost; whatever lies beyond the last one counts as blocked. */
const LOOKS_MAX = 240;
/** Allowed loss of margin where the arm starts without any, m. */
const SLACK_M = 3e-4;

interface SafePart {
  /** The path is free from 0 up to this parameter. */
  readonly safe_s: number;
  /** First blocked parameter; null if it is free to its end. */
  readonly blocked_s: number | null;
  /** Smallest clearance from table and self, and smallest distance to a position limit, on the free part. */
  readonly clearance_m: number;
}

/**
 * How far along a path the arm keeps its clearance, and its tip the workspace box. Conservative advancement:
 * no point of the arm moves further than Σ |Δq| · reach.
 */
export function safePart(problem: Problem, path: JointPath): SafePart {
  const { arm, need_m } = problem;
  const posture = new Float64Array(path.joints);
  const tip = identity();
  path.at(0, posture);
  const start = clearanceAt(problem, posture);
  const box = new EscapeMargin(workspaceMargin(arm, posture, tip) - problem.box_floor_m, SLACK_M);
  const contact = new EscapeMargin(start - need_m, SLACK_M);
  let clearance_m = Math.min(start, limitRoom(problem, posture));
  let safe_s = 0;
  let free = Math.min(start - need_m, box.smallest);
  for (let look = 0; look < LOOKS_MAX && safe_s < path.segments; look++) {
    const s = Math.min(path.segments, nextLook(path, safe_s, free, arm.collision.reach_m));
    path.at(s, posture);
    const clearance = clearanceAt(problem, posture);
    const inside = workspaceMargin(arm, posture, tip) - problem.box_floor_m;
    if (!contact.accept(clearance - need_m) || !box.accept(inside)) {
      return { safe_s, blocked_s: s, clearance_m };
    }
    clearance_m = Math.min(clearance_m, clearance, limitRoom(problem, posture));
    free = Math.min(clearance - need_m, inside);
    safe_s = s;
  }
  return { safe_s, blocked_s: safe_s < path.segments ? safe_s : null, clearance_m };
}

/** Next parameter to check: as far as the free distance allows, but within the segment. */
function nextLook(path: JointPath, s: number, free: number, reach_m: readonly number[]): number {
  // bounds hold up to the end of a segment; a check just past it uses those of the next
  const index = Math.floor(s + 1e-9);
  const least = STEP_MAX_JOINT / Math.max(path.speedMost(index), 1e-9);
  const allowed = (ADVANCE_SHARE * free) / Math.max(path.speedBound(index, reach_m), 1e-9);
  return Math.min(index + 1, s + Math.max(least, allowed));
}

/** Distance of a posture from violating clearance or workspace box, m; negative if it does. */
export function freeMargin(problem: Problem, posture: ArrayLike<number>): number {
  return Math.min(
    clearanceAt(problem, posture) - problem.need_m,
    workspaceMargin(problem.arm, posture) - problem.box_floor_m,
  );
}

/** Clearance from table and self at a posture, m. */
export function clearanceAt(problem: Problem, posture: ArrayLike<number>): number {
  const { arm, task } = problem;
  return arm.collision.clearance(posture, task.table_height_m, task.held_below_tip_m, arm.self_collision);
}

function limitRoom(problem: Problem, posture: ArrayLike<number>): number {
  let room = Number.POSITIVE_INFINITY;
  for (const [joint, { lower, upper }] of problem.arm.chain.limits.entries()) {
    room = Math.min(room, posture[joint]! - lower, upper - posture[joint]!);
  }
  return room;
}
