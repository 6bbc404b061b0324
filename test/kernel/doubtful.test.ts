import { expect } from 'chai';
import type { AnyReading } from '../../src/contracts/observation.js';
import { reasonToHold } from '../../src/kernel/hold.js';
import { Situation } from '../../src/kernel/situation.js';
import { parameters, picture, urdf } from './tabletop.js';

const ARM = parameters.robot.joints;

/** What the situation makes of readings, one cycle at a time. */
function observer() {
  const situation = new Situation(parameters);
  return {
    situation,
    at(now_ms: number, ...readings: AnyReading[]): { faults: string[]; held: string | null } {
      situation.observe({ readings, faults: new Map(), dropped: new Map() }, now_ms);
      return {
        faults: situation.faults.map(({ code }) => code),
        held: reasonToHold(situation, 'WAKE')?.code ?? null,
      };
    },
  };
}

const description = (text: string, now_ms: number): AnyReading => ({
  kind: 'robot_description',
  source: 'robot_description',
  stamp_ms: now_ms,
  received_ms: now_ms,
  urdf: text,
});
const joints = (names: readonly string[], now_ms: number, value = 0.1): AnyReading => ({
  kind: 'joints',
  source: 'joints',
  stamp_ms: now_ms,
  received_ms: now_ms,
  names,
  position: names.map(() => value),
  velocity: names.map(() => 0),
});

describe('kernel: no motion on doubtful data', () => {
  it('holds without a description, and names it as missing once it had time to come', () => {
    const { at } = observer();
    expect(at(0)).to.deep.equal({ faults: [], held: 'SAGE_301' });
    expect(at(2000)).to.deep.equal({ faults: ['SAGE_301'], held: 'SAGE_301' });
    expect(at(2050, description(urdf, 2050), joints(ARM, 2050))).to.deep.equal({ faults: [], held: null });
  });

  it('holds until joint states have come', () => {
    const { at } = observer();
    expect(at(0, description(urdf, 0)).held).to.equal('SAGE_706');
    expect(at(50, joints(ARM, 50)).held).to.equal(null);
  });

  it('keeps the last good body to brake with while the newest description is malformed', () => {
    const { at, situation } = observer();
    at(0, description(urdf, 0), joints(ARM, 0));
    const { body, arm } = situation;
    expect(at(50, description('<robot', 50), joints(ARM, 50))).to.deep.equal({
      faults: ['SAGE_302'],
      held: 'SAGE_302',
    });
    expect(situation.body).to.equal(body);
    expect(situation.arm?.position).to.deep.equal(arm?.position);
    expect(at(100, description(urdf, 100), joints(ARM, 100))).to.deep.equal({ faults: [], held: null });
  });

  it('does not take the last value of a joint for a new one: it is missing (SAGE_205), then stale', () => {
    const { at, situation } = observer();
    at(0, description(urdf, 0), joints(ARM, 0));
    expect(at(50, joints(ARM.slice(1), 50, 0.2))).to.deep.equal({ faults: ['SAGE_205'], held: null });
    expect(situation.arm?.stamp_ms).to.equal(0);
    expect(at(300, joints(ARM.slice(1), 300, 0.2)).held).to.equal('SAGE_706');
    expect(at(350, joints(ARM, 350, 0.2))).to.deep.equal({ faults: [], held: null });
    expect(situation.arm?.position).to.deep.equal(ARM.map(() => 0.2));
  });

  it('names joints of another robot (SAGE_204) as long as they come, also between their readings', () => {
    const { at, situation } = observer();
    at(0, description(urdf, 0), joints(ARM, 0));
    const foreign = ARM.map((name) => `other_${name}`);
    expect(at(50, joints(foreign, 50)).faults).to.deep.equal(['SAGE_204']);
    expect(at(100).faults).to.deep.equal(['SAGE_204']);
    expect(situation.faults[0]?.text).to.include('other_shoulder_pan').and.to.include('no value for');
    expect(at(150, joints([...ARM, 'other_wheel'], 150))).to.deep.equal({ faults: [], held: null });
  });

  it('does not move before enough pictures were seen that a surprise would be noticed', () => {
    const { at } = observer();
    const { warmup } = parameters.salience;
    at(0, description(urdf, 0), joints(ARM, 0));
    for (let count = 1; count <= warmup; count++) {
      const seen = at(50 * count, joints(ARM, 50 * count), picture(50 * count));
      expect(seen.held, `after ${count} pictures`).to.equal(count < warmup ? 'SAGE_706' : null);
    }
  });
});
