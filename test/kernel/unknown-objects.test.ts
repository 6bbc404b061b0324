import { expect } from 'chai';
import { UnknownObjects } from '../../src/kernel/unknown-objects.js';

const SHAPE = { rows: 12, columns: 16, channels: 3 };
const SETTINGS = { aside_s: 3, keep_s: 20, now_ms: 0 };
const at = (row: number, column: number): number => row * SHAPE.columns + column;
/** What surprises, for how long, s. */
function surprising(cells: readonly number[], for_s = 4): Float32Array {
  const found = new Float32Array(192).fill(-1);
  for (const cell of cells) found[cell] = for_s;
  return found;
}
/** 0 where the robot is. */
function robotAt(...cells: readonly number[]): Float32Array {
  const own = new Float32Array(192).fill(1);
  for (const cell of cells) own[cell] = 0;
  return own;
}
const robot = robotAt(at(3, 8), at(4, 8), at(5, 8));
const block = (row: number, column: number, high: number, wide: number): number[] =>
  Array.from({ length: high * wide }, (_, index) =>
    at(row + Math.floor(index / wide), column + (index % wide)),
  );

describe('kernel/unknown-objects', () => {
  for (const [what, cells, aside] of [
    ['a cup in the open', block(9, 3, 2, 2), true],
    ['a thing half in the picture', block(7, 14, 3, 2), true],
    ['two of them', [...block(10, 2, 1, 2), ...block(0, 13, 1, 1)], true],
    ['an arm that reaches in over the edge', block(9, 0, 1, 5), false],
    ['a hand whose arm comes from below', block(8, 6, 4, 2), false],
    ['a thing beside the robot', block(6, 9, 1, 1), false],
    ['a cup and an arm', [...block(9, 12, 1, 1), ...block(7, 0, 1, 4)], false],
  ] as const) {
    it(`${aside ? 'leaves alone' : 'does not leave alone'} ${what}`, () => {
      const found = new UnknownObjects();
      const taken = found.explainedCells(surprising(cells), robot, SHAPE, SETTINGS);
      expect(taken.length).to.equal(aside ? cells.length : 0);
      expect(found.explanation !== null).to.equal(aside);
    });
  }

  it('waits until everything has been still, or not at all if disabled', () => {
    const cells = block(9, 3, 2, 2);
    const restless = surprising(cells);
    restless[cells[0]!] = 2.9;
    expect(new UnknownObjects().explainedCells(restless, robot, SHAPE, SETTINGS)).to.deep.equal([]);
    const never = { ...SETTINGS, aside_s: 0 };
    expect(new UnknownObjects().explainedCells(surprising(cells, 100), robot, SHAPE, never)).to.deep.equal(
      [],
    );
  });

  it('keeps the robot clear of it and its surroundings until it would have become normal on its own', () => {
    const aside = new UnknownObjects();
    expect(aside.isCrossedBy(robotAt(at(9, 3)), 0)).to.equal(false);
    aside.explainedCells(surprising(block(9, 3, 2, 2)), robot, SHAPE, SETTINGS);
    expect(aside.isCrossedBy(robotAt(at(9, 3)), 1000), 'on it').to.equal(true);
    expect(aside.isCrossedBy(robotAt(at(8, 5)), 1000), 'beside it').to.equal(true);
    expect(aside.isCrossedBy(robotAt(at(7, 6)), 1000), 'apart').to.equal(false);
    expect(aside.any(20_001)).to.equal(false);
    expect(aside.isCrossedBy(robotAt(at(9, 3)), 20_001), 'later').to.equal(false);
    aside.explainedCells(surprising(block(9, 3, 2, 2)), robot, SHAPE, SETTINGS);
    aside.clear();
    expect(aside.isCrossedBy(robotAt(at(9, 3)), 1000), 'resumed').to.equal(false);
  });
});
