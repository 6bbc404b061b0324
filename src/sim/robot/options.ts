import { readFileSync } from 'node:fs';
import { messageOf, SageError } from '../../contracts/errors.js';
import type { Parameters } from '../../contracts/parameters/index.js';
import type { TabletopOptions } from '../world.js';

/**
 * The world that the parameters `sim.*` ask for: around the tabletop arm, or around the robot of `sim.urdf`.
 * @throws SageError SAGE_902 where that file cannot be read, SAGE_302 where it has yet to be expanded
 */
export function worldOptions(parameters: Parameters): TabletopOptions {
  const { sim } = parameters;
  return sim.urdf === '' ? sim : { ...sim, own: { urdf: readUrdf(sim.urdf), parameters } };
}

/** The text of a URDF file. @throws SageError SAGE_902, SAGE_302 */
export function readUrdf(file: string): string {
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
