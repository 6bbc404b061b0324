import { expect } from 'chai';
import { sceneComplexity } from '../../src/app/model-demand.js';

type Seen = Parameters<typeof sceneComplexity>[0];

const scene = (changes: { things?: number; conflict?: number; confidence?: number; verb?: string }): Seen =>
  ({
    beliefs: { all: Array.from({ length: changes.things ?? 1 }) },
    vision_conflict: changes.conflict ?? 0,
    vision_confidence: changes.confidence ?? 0.9,
    goals: { active: changes.verb === undefined ? null : { verb: changes.verb } },
  }) as unknown as Seen;

describe('app/model-demand', () => {
  it('says how hard the scene is, by the largest of its grounds, and which that is', () => {
    const told = (seen: Seen, surprise = 0): string => {
      const { value, why } = sceneComplexity(seen, surprise);
      return `${value.toFixed(2)} ${why}`;
    };
    expect(told(scene({}))).to.equal('0.17 one thing');
    expect(told(scene({ things: 3 }))).to.equal('0.50 3 things');
    expect(told(scene({ things: 20 }))).to.equal('1.00 20 things');
    expect(told(scene({ conflict: 0.4 }))).to.equal('0.40 it contradicts earlier beliefs');
    expect(told(scene({ confidence: 0.3 }))).to.equal('0.70 it is unsure');
    expect(told(scene({}), 0.6)).to.equal('0.60 the image is surprising');
    expect(told(scene({ things: 4, verb: 'pick' }))).to.equal('1.00 "pick" needs precise positions');
    expect(told(scene({ things: 4, verb: 'home' }))).to.equal('0.67 4 things');
  });
});
