import { ERROR_CATALOGUE, type ErrorCode, messageOf, SageError } from '../../contracts/errors.js';
import type { HealthEntry } from '../../contracts/graph.js';
import type { JointsReading, RobotDescriptionReading } from '../../contracts/observation.js';
import type { Parameters } from '../../contracts/parameters/index.js';
import { Body } from '../../kernel/body.js';
import { lookAtRobot, type RobotLook } from '../../ros/robot-look.js';
import type { Configuration } from '../config.js';
import { withConfiguredNames } from '../topics.js';
import { type Check, failed, ok } from './check.js';

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
function checksOf({ readings, health }: RobotLook, parameters: Parameters): Check[] {
  const rows = health.filter(({ name, level }) => level !== 'ok' || !OPTIONAL.includes(name)).map(rowCheck);
  const description = readings.get('robot_description') as RobotDescriptionReading | undefined;
  if (description === undefined) return rows;
  return [
    ...rows,
    ...bodyChecks(description.urdf, readings.get('joints') as JointsReading | undefined, parameters),
  ];
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

function bodyChecks(urdf: string, joints: JointsReading | undefined, parameters: Parameters): Check[] {
  let body: Body;
  try {
    body = new Body(urdf, parameters);
  } catch (thrown) {
    if (!(thrown instanceof SageError)) throw thrown;
    return [failed('robot', thrown.toFault())];
  }
  const { gripper_fault } = body;
  return [
    ok('robot', `${body.joints.length} joints: ${body.joints.join(', ')}`),
    gripper_fault === null
      ? ok('grasp', 'the gripper can do what is configured')
      : failed('grasp', gripper_fault),
    ...(joints === undefined ? [] : [measured(body, joints)]),
  ];
}

function measured(body: Body, { names, position }: JointsReading): Check {
  const name = 'measured';
  const missing = body.joints.filter((joint) => !names.includes(joint));
  if (missing.length > 0) {
    const remedy = `the names that come are ${names.slice(0, 12).join(', ')}`;
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
