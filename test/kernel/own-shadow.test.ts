import { expect } from 'chai';
import { OwnShadow } from '../../src/kernel/own-shadow.js';

const ROWS = 6;
const COLUMNS = 8;
const CELLS = ROWS * COLUMNS;
const GRID = { rows: ROWS, columns: COLUMNS, channels: 3 };

/** A brown table of even light. */
function table(): Float32Array {
  const embedding = new Float32Array(CELLS * 3);
  for (let cell = 0; cell < CELLS; cell++) embedding.set([0.5, 0.44, 0.55], cell * 3);
  return embedding;
}
function lit(embedding: Float32Array, cell: number, gain: number): void {
  embedding.set([0.5 * gain, 0.5 - 0.06 * gain, 0.5 + 0.05 * gain], cell * 3);
}
/** The body covers the first column. */
function body(): Float32Array {
  return Float32Array.from({ length: CELLS }, (_, cell) => (cell % COLUMNS === 0 ? 0 : 1));
}
function cleared(change: (embedding: Float32Array) => void, moving = true): number[] {
  const shadow = new OwnShadow();
  for (let turn = 0; turn < 3; turn++) shadow.clear(table(), body(), GRID, true);
  const embedding = table();
  change(embedding);
  const cells = body();
  shadow.clear(embedding, cells, GRID, moving);
  return [...cells.keys()].filter((cell) => cell % COLUMNS !== 0 && cells[cell] === 0);
}

describe('kernel/own-shadow', () => {
  it('takes a darkening that hangs together with the body for its own shadow, over a gap of one cell', () => {
    expect(
      cleared((seen) =>
        [1, 2, 4].forEach((cell) => {
          lit(seen, cell, 0.6);
        }),
      ),
    ).to.deep.equal([1, 2, 4]);
  });

  it('takes the light that comes back the same way', () => {
    expect(
      cleared((seen) => {
        lit(seen, 9, 1.5);
      }),
    ).to.deep.equal([9]);
  });

  it('does not take for a shadow what does not hang together with the body', () => {
    expect(
      cleared((seen) => {
        lit(seen, 6, 0.6);
      }),
    ).to.deep.equal([]);
  });

  it('does not take for a shadow what has another colour, however near', () => {
    expect(
      cleared((seen) => {
        seen.set([0.6, 0.4, 0.62], 3);
      }),
    ).to.deep.equal([]);
  });

  it('does not take for a shadow what leaves hardly any light', () => {
    expect(
      cleared((seen) => {
        lit(seen, 1, 0.1);
      }),
    ).to.deep.equal([]);
  });

  it('explains nothing by its shadow while the robot rests', () => {
    expect(
      cleared((seen) => {
        lit(seen, 1, 0.6);
      }, false),
    ).to.deep.equal([]);
  });

  it('keeps a dark stranger a stranger when it reaches the robot', () => {
    const shadow = new OwnShadow();
    for (let turn = 0; turn < 3; turn++) shadow.clear(table(), body(), GRID, true);
    const reached: number[] = [];
    for (let column = COLUMNS - 1; column > 0; column--) {
      const seen = table();
      for (let covered = column; covered < COLUMNS; covered++) lit(seen, covered, 0.6);
      const cells = body();
      shadow.clear(seen, cells, GRID, true);
      reached.push(...[...cells.keys()].filter((cell) => cell >= 4 && cell < COLUMNS && cells[cell] === 0));
    }
    expect(reached).to.deep.equal([]);
  });
});
