import { SageError } from '../../contracts/errors.js';
import type { CameraModel, Pose } from '../../contracts/geometry.js';
import type { AnyReading, CameraInfoReading, CameraPoseReading } from '../../contracts/observation.js';
import type { Parameters } from '../../contracts/parameters/index.js';
import type { Body } from '../../kernel/body.js';
import { createDescentCheck } from '../../plugins/trajectory/descent-check.js';
import { cellIn } from '../../robot/camera.js';
import { workspaceMargin } from '../../robot/workspace-box.js';
import { type Check, failed, ok } from './check.js';

/** Places along each side of the workspace. */
const PLACES = 16;
/** More than this share of the workspace unseen, or less than it reached, is worth a warning. */
const SHARE = 1 / 3;

/** A camera that stands still: its model, and its optical frame in the base frame. */
export interface Outlook {
  readonly camera: CameraModel;
  readonly optical: Pose;
}

/** Shares of the workspace, 0..1, that the node does not see while the robot is at home. */
export interface Unseen {
  /** In cells of the picture that the arm covers. */
  readonly hidden: number;
  /** Out of the picture, or behind the camera. */
  readonly outside: number;
}

/**
 * What the camera does not see of the workspace on the table while the arm is at `robot.home`, by the very cells that
 * the node takes for covered.
 * @param values of joints that are none of the arm's (its fingers), rad or m; missing ones are at rest
 */
export function unseenAtHome(
  body: Body,
  parameters: Parameters,
  { camera, optical }: Outlook,
  values: ReadonlyMap<string, number> = new Map(),
): Unseen {
  const { robot, camera: eye } = parameters;
  const { chain } = body.context;
  const posture = new Map([...values, ...chain.joints.map((joint, at) => [joint, chain.home[at]!] as const)]);
  const cells = body.mask(posture, camera, optical, false);
  const grid = { rows: eye.grid_rows, columns: eye.grid_columns };
  const height_m = robot.table_height_m + robot.object_height_m / 2;
  let [hidden, outside] = [0, 0];
  const places = placesOf(parameters);
  for (const [x, y] of places) {
    const pixel = body.project([x, y, height_m], camera, optical);
    const cell = pixel === null ? null : cellIn(pixel, camera, grid);
    if (cell === null) outside++;
    else if ((cells[cell] ?? 1) <= 0.5) hidden++;
  }
  return { hidden: hidden / places.length, outside: outside / places.length };
}

/**
 * The share of the workspace, 0..1, where the tip was found to come down to the table, the tool straight down. A search
 * from some postures: there may be more.
 */
export function reachedShare(body: Body, parameters: Parameters): number {
  const comes = createDescentCheck(body.context, parameters);
  const places = placesOf(parameters);
  return places.filter(([x, y]) => comes(x, y)).length / places.length;
}

/** What a look at the graph says of the workspace: seen and reached, as far as description and camera are known. */
export function workspaceChecks(
  body: Body,
  parameters: Parameters,
  readings: ReadonlyMap<string, AnyReading>,
  values: ReadonlyMap<string, number>,
): Check[] {
  const info = readings.get('camera_info') as CameraInfoReading | undefined;
  const placed = readings.get('camera_pose') as CameraPoseReading | undefined;
  const seen =
    info === undefined || placed === undefined ? [] : [seenCheck(body, parameters, info, placed, values)];
  return [homeCheck(body), ...seen, reachCheck(reachedShare(body, parameters))];
}

/** Whether the arm may be at `robot.home`, and whether its tip is inside of the workspace there. */
export function homeCheck(body: Body): Check {
  const name = 'home';
  const { chain } = body.context;
  const still = chain.home.map(() => 0);
  const wrong = body.violation(
    { stamp_ms: 0, joints: chain.joints, position: chain.home, velocity: still },
    0,
  );
  if (wrong !== null) return { name, level: 'fail', found: wrong, remedy: 'correct robot.home' };
  const tip = body.tip(chain.home).map((value) => value.toFixed(3));
  const margin_m = workspaceMargin(body.context, chain.home);
  const where = margin_m < 0 ? `${(-1000 * margin_m).toFixed(0)} mm outside` : 'inside';
  return ok(name, `tip at (${tip.join(', ')}) m in ${chain.base_frame}, ${where} the workspace`);
}

function seenCheck(
  body: Body,
  parameters: Parameters,
  { model }: CameraInfoReading,
  { pose, frame_id }: CameraPoseReading,
  values: ReadonlyMap<string, number>,
): Check {
  try {
    const optical = body.cameraPose(pose, frame_id, parameters);
    return viewCheck(unseenAtHome(body, parameters, { camera: model, optical }, values));
  } catch (thrown) {
    if (!(thrown instanceof SageError)) throw thrown;
    return failed('view', thrown.toFault());
  }
}

/** How unseen parts are reported. */
export function viewCheck({ hidden, outside }: Unseen): Check {
  const found = `at home the camera sees ${percent(1 - hidden - outside)} of the workspace on the table; ${percent(hidden)} is hidden by the arm, ${percent(outside)} is out of view`;
  if (hidden + outside <= SHARE) return ok('view', found);
  const back = hidden > SHARE / 3 ? 'retract the arm (robot.home), ' : '';
  const remedy = `${back}move the camera, or shrink the workspace (robot.workspace_min_m, workspace_max_m)`;
  return { name: 'view', level: 'warn', found, remedy };
}

/** How reachable parts are reported. */
export function reachCheck(share: number): Check {
  const found = `with the tool pointing straight down, the tip reaches at least ${percent(share)} of the workspace on the table`;
  if (share >= SHARE) return ok('reach', found);
  const remedy =
    'check robot.workspace_min_m, workspace_max_m, table_height_m, tip_frame, tip_offset_m and approach_axis';
  return { name: 'reach', level: 'warn', found, remedy };
}

const percent = (share: number): string => `${Math.round(100 * share)} %`;

/** Middles of equal fields of the workspace, x and y in m. */
function placesOf({ robot }: Parameters): readonly (readonly [number, number])[] {
  const at = (axis: 0 | 1, index: number): number => {
    const low_m = robot.workspace_min_m[axis] ?? 0;
    return low_m + ((index + 0.5) / PLACES) * ((robot.workspace_max_m[axis] ?? 0) - low_m);
  };
  return Array.from({ length: PLACES ** 2 }, (_, index) => [
    at(0, Math.floor(index / PLACES)),
    at(1, index % PLACES),
  ]);
}
