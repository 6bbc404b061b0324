import { expect } from 'chai';
import type { SeenObject, VisionAnswer } from '../../src/contracts/vision.js';
import { Beliefs } from '../../src/kernel/beliefs.js';
import { seen } from './tabletop.js';

const answer = (stamp_ms: number, ...objects: SeenObject[]): VisionAnswer => ({
  stamp_ms,
  objects,
  robot_share: 0,
  confidence: 0.9,
});
const everywhere = (): boolean => true;

describe('kernel/beliefs', () => {
  it('fuses sightings of one object and keeps its name', () => {
    const beliefs = new Beliefs(0.04);
    beliefs.integrate(answer(1, seen('red', 0.3, 0)), 1, everywhere);
    const name = beliefs.all[0]?.id;
    beliefs.integrate(answer(2, seen('red', 0.31, 0)), 1, everywhere);
    expect(beliefs.all).to.have.length(1);
    expect(beliefs.all[0]?.id).to.equal(name);
    expect(beliefs.all[0]?.position_m[0]).to.be.within(0.3, 0.31);
  });

  it('lets a trusted sighting move a belief further than a doubted one', () => {
    const shift = (weight: number): number => {
      const beliefs = new Beliefs(0.04);
      beliefs.integrate(answer(1, seen('red', 0.3, 0)), 1, everywhere);
      beliefs.integrate(answer(2, seen('red', 0.32, 0)), weight, everywhere);
      return (beliefs.all[0]?.position_m[0] ?? 0) - 0.3;
    };
    expect(shift(1)).to.be.greaterThan(2 * shift(0.1));
  });

  it('distinguishes two blocks of the same colour by position', () => {
    const beliefs = new Beliefs(0.04);
    beliefs.integrate(answer(1, seen('red', 0.3, 0), seen('red', 0.3, 0.1)), 1, everywhere);
    beliefs.integrate(answer(2, seen('red', 0.3, 0.1), seen('red', 0.3, 0)), 1, everywhere);
    expect(beliefs.all).to.have.length(2);
  });

  it('forgets what is gone where it should be visible, and keeps what the arm hides', () => {
    const beliefs = new Beliefs(0.04);
    beliefs.integrate(answer(1, seen('red', 0.3, 0), seen('blue', 0.3, 0.2)), 1, everywhere);
    const hidesBlue = ([, y]: readonly [number, number, number]): boolean => y < 0.1;
    for (let stamp = 2; stamp < 10; stamp++) beliefs.integrate(answer(stamp), 1, hidesBlue);
    expect(beliefs.all.map(({ colour }) => colour)).to.deep.equal(['blue']);
  });

  it('reports disagreement between what is seen and what was believed', () => {
    const beliefs = new Beliefs(0.04);
    beliefs.integrate(answer(1, seen('red', 0.3, 0)), 1, everywhere);
    expect(beliefs.integrate(answer(2, seen('red', 0.3, 0)), 1, everywhere)).to.equal(0);
    expect(beliefs.integrate(answer(3, seen('green', 0.5, 0)), 1, everywhere)).to.equal(1);
  });

  it('finds by colour, by kind and by neither', () => {
    const beliefs = new Beliefs(0.04);
    beliefs.integrate(answer(1, seen('red', 0.3, 0, 0.6), seen('blue', 0.3, 0.2, 0.9)), 1, everywhere);
    expect(beliefs.find({ colour: 'red', kind: 'block' })?.colour).to.equal('red');
    expect(beliefs.find({ colour: null, kind: null })?.colour).to.equal('blue');
    expect(beliefs.find({ colour: 'green', kind: null })).to.equal(null);
  });
});
