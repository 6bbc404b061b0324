import { ERROR_CATALOGUE, type ErrorCode, messageOf, SageError } from '../../contracts/errors.js';
import type { HealthEntry } from '../../contracts/graph.js';
import type { JointsReading, RobotDescriptionReading } from '../../contracts/observation.js';
import type { Parameters } from '../../contracts/parameters/index.js';
import { Body } from '../../kernel/body.js';
import { lookAtRobot, type RobotLook } from '../../ros/robot-look.js';
import type { Configuration } from '../config.js';
import { withConfiguredNames } from '../topics.js';
import { type Check, failed, ok } from './check.js';
import { workspaceChecks } from './workspace.js';

/** Long enough for discovery, a latched description and some joint states, ms. */
const LOOK_MS = 3000;
/** Sources that a robot need not have. */
const OPTIONAL: readonly string[] = ['audio', 'battery', 'emergency_stop', 'goal'];

/** Whether the robot of a configuration is there, as SAGE needs it. Commands nothing. */
export async function robotChecks(configuration: Configuration): Promise<Check[]> {
  try {
    const look = await lookAtRobot(configuration.parameters, withConfiguredNames([], configuration), LOOK_MS);
    return checksOf(look, configuration.parameters);
  } catch (thrown) {
    if (thrown instanceof SageError) return [failed('robot', thrown.toFault())];
    return [{ name: 'robot', level: 'fail', found: messageOf(thrown), remedy: 'report it' }];
  }
}

/** What a look at the graph says of the robot. */
function checksOf({ readings, health, microphones }: RobotLook, parameters: Parameters): Check[] {
  const row = health.find(({ name }) => name === 'robot_description');
  const shapeless = row !== undefined && isShapeless(row) ? row.message : null;
  const rows = health
    .filter(isTold)
    .map((each) => (isShapeless(each) ? ok(each.name, 'receiving') : rowCheck(each)));
  const description = readings.get('robot_description') as RobotDescriptionReading | undefined;
  return [
    ...rows,
    ...(microphones > 0 ? health.filter(isSilent).map(silentCheck) : []),
    ...(description === undefined ? [] : bodyChecks(description.urdf, readings, parameters, shapeless)),
  ];
}

/** An optional source is reported if it publishes, or if something is wrong with it. */
function isTold({ name, level, values }: HealthEntry): boolean {
  return level !== 'ok' || !OPTIONAL.includes(name) || Number(values.messages ?? 0) > 0;
}

/** Whether this is the row of a microphone of which nothing was heard, and no fault says why. */
function isSilent(row: HealthEntry): boolean {
  return row.name === 'audio' && !isTold(row);
}

function silentCheck({ name }: HealthEntry): Check {
  const found = `published, but no message in ${LOOK_MS / 1000} s`;
  const remedy = 'check that the microphone is running; audio/data needs audio_common_msgs on this machine';
  return { name, level: 'warn', found, remedy };
}

function rowCheck({ name, level, message, values }: HealthEntry): Check {
  if (level === 'ok') return ok(name, values.interface === undefined ? message : `${values.interface}`);
  return { name, level: level === 'warn' ? 'warn' : 'fail', found: message, remedy: remedyOf(message) };
}

/** What the catalogue says to do about the code that a text begins with. */
function remedyOf(text: string): string {
  const code = text.split(' ', 1)[0] ?? '';
  return Object.hasOwn(ERROR_CATALOGUE, code) ? ERROR_CATALOGUE[code as ErrorCode].hint : '';
}

/** The row of a description of which only meshes are missing: a check of its own tells of them. */
const isShapeless = ({ name, level, message }: HealthEntry): boolean =>
  name === 'robot_description' && level === 'warn' && /^SAGE_30[56] /.test(message);

function bodyChecks(
  urdf: string,
  readings: RobotLook['readings'],
  parameters: Parameters,
  shapeless: string | null,
): Check[] {
  let body: Body;
  try {
    body = new Body(urdf, parameters);
  } catch (thrown) {
    if (!(thrown instanceof SageError)) throw thrown;
    return [failed('robot', thrown.toFault())];
  }
  const { gripper_fault } = body;
  const joints = readings.get('joints') as JointsReading | undefined;
  const values = new Map(joints?.names.map((joint, index) => [joint, joints.position[index] ?? 0]));
  return [
    ok('robot', `${body.joints.length} joints: ${body.joints.join(', ')}`),
    gripper_fault === null
      ? ok('grasp', 'gripper commands are within its limits')
      : failed('grasp', gripper_fault),
    shapesCheck(body, shapeless),
    ...(joints === undefined ? [] : [measured(body, joints)]),
    ...workspaceChecks(body, parameters, readings, values),
  ];
}

/** What the shapes of links come from. @param lacking what stands against some of the meshes, or null */
export function shapesCheck(body: Body, lacking: string | null): Check {
  const { primitives, meshes, assumed } = body.shapes;
  const links = primitives + meshes + assumed.length;
  const parts = [
    ...(primitives > 0 ? [`${primitives} from primitives`] : []),
    ...(meshes > 0 ? [`${meshes} from meshes`] : []),
    ...(assumed.length > 0 ? [`${assumed.length} assumed from joint to joint (${named(assumed)})`] : []),
  ];
  const found = `${links} links with a shape: ${parts.join(', ')}`;
  if (lacking === null) return ok('shapes', found);
  return { name: 'shapes', level: 'warn', found: `${found}; ${lacking}`, remedy: remedyOf(lacking) };
}

const named = (links: readonly string[]): string =>
  links.length > 4 ? `${links.slice(0, 4).join(', ')}, …` : links.join(', ');

function measured(body: Body, { names, position }: JointsReading): Check {
  const name = 'measured';
  const missing = body.joints.filter((joint) => !names.includes(joint));
  if (missing.length > 0) {
    const remedy = `received names: ${names.slice(0, 12).join(', ')}`;
    return { name, level: 'fail', found: `no value for ${missing.join(', ')}`, remedy };
  }
  const at = body.joints.map((joint) => position[names.indexOf(joint)] ?? 0);
  const [x, y, z] = body.tip(at);
  const opening = body.opening(
    new Map(names.map((joint, index) => [joint, position[index] ?? 0])),
    () => true,
  );
  const fingers = opening === null ? 'fingers not measured' : `fingers ${Math.round(100 * opening)} % open`;
  const tip = [x, y, z].map((value) => value.toFixed(3)).join(', ');
  return ok(name, `tip at (${tip}) m in ${body.context.chain.base_frame}; ${fingers}`);
}
