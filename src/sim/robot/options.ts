import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { messageOf, SageError } from '../../contracts/errors.js';
import type { Parameters } from '../../contracts/parameters/index.js';
import { shaped } from '../../meshes/shape.js';
import type { TabletopOptions } from '../world.js';

/**
 * The world that the parameters `sim.*` ask for: around the tabletop arm, or around the robot of `sim.urdf`.
 * @throws SageError SAGE_902 where that file cannot be read, SAGE_302 where it has yet to be expanded
 */
export function worldOptions(parameters: Parameters): TabletopOptions {
  const { sim } = parameters;
  return sim.urdf === '' ? sim : { ...sim, own: { urdf: ownUrdf(sim.urdf, parameters), parameters } };
}

/** The text of a URDF file with shapes of its meshes. @throws SageError SAGE_902, SAGE_302 */
export function ownUrdf(file: string, { robot }: Parameters): string {
  return shaped(readUrdf(file), { robot, beside: dirname(file) }).urdf;
}

/** The text of a URDF file. @throws SageError SAGE_902, SAGE_302 */
function readUrdf(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (thrown) {
    throw new SageError('SAGE_902', `sim.urdf: ${file}`, messageOf(thrown), { cause: thrown });
  }
  if (!/<xacro:|xmlns:xacro=.*\$\{/s.test(text)) return text;
  const detail = 'is a xacro file, not yet a URDF: run `xacro FILE > robot.urdf` with its arguments first';
  throw new SageError('SAGE_302', file, detail);
}
