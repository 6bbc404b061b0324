import { expect } from 'chai';
import { shapesCheck } from '../../../src/app/doctor/robot.js';
import { defaultParameters } from '../../../src/contracts/parameters/index.js';
import { Body } from '../../../src/kernel/body.js';
import { addFitted } from '../../../src/robot/fitted-shapes.js';
import { readArm } from '../../robot/arms.js';

const fitted = (link: string) => ({
  link,
  capsules: [{ a: [0, 0, 0], b: [0, 0, 0.1], radius_m: 0.05 }] as const,
  sha256: '',
});

function bodyOf(urdf: string): Body {
  const parameters = defaultParameters();
  Object.assign(parameters.robot, { base_frame: 'lr/link0', tip_frame: 'hand tcp', gripper_open: [0.04] });
  return new Body(urdf, parameters);
}

describe('what the doctor says of shapes', () => {
  it('counts links by what their shapes come from, and names those that are assumed', () => {
    const urdf = readArm('seven-axis');
    const assumed = shapesCheck(bodyOf(urdf), null);
    expect(assumed.found).to.include('assumed from joint to joint').and.include('lr/link1');
    const some = shapesCheck(bodyOf(addFitted(urdf, ['lr/link1', 'lr/link2'].map(fitted))), null);
    expect(some).to.include({ name: 'shapes', level: 'ok' });
    expect(some.found).to.include('2 from meshes').and.not.include('lr/link1,');
  });

  it('warns of meshes that are missing or broken, and says what to do', () => {
    const body = bodyOf(readArm('seven-axis'));
    const missing = shapesCheck(body, 'SAGE_305 mesh not found: link "hand"');
    expect(missing.level).to.equal('warn');
    expect(missing.found).to.include('SAGE_305');
    expect(missing.remedy).to.include('robot.mesh_paths');
    expect(shapesCheck(body, 'SAGE_306 mesh not readable: cut off').remedy).to.include('COLLADA');
  });
});
