import { expect } from 'chai';
import { RobotShadow } from '../../src/kernel/robot-shadow.js';

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
/** It has learned the table, and its own shadow on the cell beside the body. */
function shadedBeside(): { shadow: RobotShadow; shaded: Float32Array } {
  const shadow = new RobotShadow();
  const shaded = table();
  lit(shaded, 1, 0.7);
  for (let turn = 0; turn < 3; turn++) shadow.removeShadow(table(), body(), GRID, true);
  shadow.removeShadow(shaded, body(), GRID, true);
  return { shadow, shaded };
}
/** Cells whose change is taken for the robot's own shadow: after relighting they look as before. */
function cleared(change: (embedding: Float32Array) => void, moving = true): number[] {
  const shadow = new RobotShadow();
  for (let turn = 0; turn < 3; turn++) shadow.removeShadow(table(), body(), GRID, true);
  const embedding = table();
  change(embedding);
  const relit = shadow.removeShadow(embedding, body(), GRID, moving);
  return explained(embedding, relit);
}
function explained(seen: Float32Array, relit: Float32Array): number[] {
  const plain = table();
  return [...body().keys()].filter(
    (cell) =>
      Math.abs((seen[cell * 3] as number) - (plain[cell * 3] as number)) > 0.01 &&
      Math.abs((relit[cell * 3] as number) - (plain[cell * 3] as number)) < 0.003,
  );
}

describe('kernel/robot-shadow', () => {
  it('knows the scene behind a stranger again, though the light has changed while it was hidden', () => {
    const shadow = new RobotShadow();
    const room = (gain: number): Float32Array => {
      const seen = table();
      for (let cell = 0; cell < CELLS; cell++) lit(seen, cell, gain);
      return seen;
    };
    for (let turn = 0; turn < 3; turn++) shadow.removeShadow(room(1), body(), GRID, false);
    const covered = (gain: number): Float32Array => {
      const seen = room(gain);
      for (const cell of [20, 21, 28]) seen.set([0.3, 0.6, 0.4], cell * 3);
      return seen;
    };
    shadow.removeShadow(covered(1), body(), GRID, false);
    for (let turn = 0; turn < 200; turn++) shadow.removeShadow(covered(0.7), body(), GRID, false);
    // The arm begins to move as the stranger leaves: what comes back must not be taken for its shadow.
    const seen = shadow.removeShadow(room(0.7), body(), GRID, true);
    for (const cell of [20, 21, 28, 30]) expect(seen[3 * cell], `cell ${cell}`).to.be.closeTo(0.35, 0.01);
  });

  it('continues in a cell whose new look was taken for normal: its shadow there is still its own', () => {
    const shadow = new RobotShadow();
    for (let turn = 0; turn < 3; turn++) shadow.removeShadow(table(), body(), GRID, true);
    const put = (gain: number): Float32Array => {
      const seen = table();
      seen.set([0.4 * gain, 0.5 + 0.1 * gain, 0.5 - 0.05 * gain], 3);
      return seen;
    };
    shadow.removeShadow(put(1), body(), GRID, false);
    const stranger = shadow.removeShadow(put(0.6), body(), GRID, true);
    expect(stranger[3], 'a stranger is never explained').to.be.closeTo(0.24, 1e-6);
    shadow.removeShadow(put(1), body(), GRID, false);
    shadow.acceptCells([1], 3);
    shadow.removeShadow(put(1), body(), GRID, false);
    expect(shadow.removeShadow(put(0.6), body(), GRID, true)[3]).to.be.closeTo(0.4, 1e-6);
  });

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
    const shadow = new RobotShadow();
    for (let turn = 0; turn < 3; turn++) shadow.removeShadow(table(), body(), GRID, true);
    const reached = new Set<number>();
    for (let column = COLUMNS - 1; column > 0; column--) {
      const seen = table();
      for (let covered = column; covered < COLUMNS; covered++) lit(seen, covered, 0.6);
      for (const cell of explained(seen, shadow.removeShadow(seen, body(), GRID, true))) reached.add(cell);
    }
    expect([...reached].filter((cell) => cell > 2)).to.deep.equal([]);
  });

  it('remembers the scene behind a hand: when it has gone, all is as before, in the shadow too', () => {
    const { shadow, shaded } = shadedBeside();
    const hand = shaded.slice();
    hand.set([0.7, 0.4, 0.62], 3);
    for (let turn = 0; turn < 40; turn++) {
      expect(
        Math.abs((shadow.removeShadow(hand, body(), GRID, false)[3] as number) - 0.5),
        'the hand',
      ).to.be.greaterThan(0.1);
    }
    expect(shadow.removeShadow(shaded, body(), GRID, false)[3]).to.be.closeTo(0.5, 0.003);
  });

  it('is not confused by a lamp that is switched on', () => {
    const shadow = new RobotShadow();
    for (let turn = 0; turn < 3; turn++) shadow.removeShadow(table(), body(), GRID, true);
    const bright = table();
    for (let cell = 0; cell < CELLS; cell++) lit(bright, cell, 1.3);
    const relit = shadow.removeShadow(bright, body(), GRID, false);
    expect(relit[3]).to.be.closeTo(0.65, 1e-6, 'left to the scorer, which knows common changes');
    const shaded = bright.slice();
    lit(shaded, 1, 1.3 * 0.7);
    expect(shadow.removeShadow(shaded, body(), GRID, true)[3]).to.be.closeTo(0.65, 0.01);
  });

  it('lets the light return at rest, after a hand has shaded our own shadow', () => {
    const shadow = new RobotShadow();
    const shaded = (gain: number): Float32Array => {
      const embedding = table();
      lit(embedding, 1, gain);
      return embedding;
    };
    for (let turn = 0; turn < 3; turn++) shadow.removeShadow(table(), body(), GRID, true);
    shadow.removeShadow(shaded(0.6), body(), GRID, true);
    for (const gain of [0.8, 1]) {
      expect(shadow.removeShadow(shaded(gain), body(), GRID, false)[3], `light ${gain}`).to.be.closeTo(
        0.5,
        0.003,
      );
    }
    expect(shadow.removeShadow(shaded(0.7), body(), GRID, false)[3], 'darker again').to.be.lessThan(0.4);
  });

  it('recognises the light of its own shadow after the shadow of a hand has passed', () => {
    const shadow = new RobotShadow();
    const seen = (gain: number, hand: boolean): Float32Array => {
      const embedding = table();
      lit(embedding, 1, gain);
      if (hand) embedding.set([0.7, 0.4, 0.62], 6 * 3);
      return embedding;
    };
    for (let turn = 0; turn < 3; turn++) shadow.removeShadow(table(), body(), GRID, true);
    expect(shadow.removeShadow(seen(1.08, false), body(), GRID, true)[3], 'our shadow leaves').to.be.closeTo(
      0.5,
      0.003,
    );
    const passing = [1.05, 1, 0.8, ...new Array<number>(60).fill(0.6), 0.8, 0.98, 1.03];
    for (const gain of passing) shadow.removeShadow(seen(gain, true), body(), GRID, false);
    expect(shadow.removeShadow(seen(1.08, true), body(), GRID, false)[3], 'the hand leaves').to.be.closeTo(
      0.5,
      0.003,
    );
    for (let turn = 0; turn < 30; turn++) shadow.removeShadow(seen(1.08, false), body(), GRID, false);
    expect(shadow.removeShadow(seen(1.16, false), body(), GRID, true)[3], 'we go on').to.be.closeTo(
      0.5,
      0.003,
    );
  });

  it('forgets a light that no stranger explains: the shadow that a hand left as ours is the hand when it is back', () => {
    const { shadow, shaded } = shadedBeside();
    for (let turn = 0; turn < 20; turn++) shadow.removeShadow(table(), body(), GRID, false);
    for (let turn = 0; turn < 20; turn++) {
      expect(shadow.removeShadow(shaded, body(), GRID, false)[3], `reading ${turn}`).to.be.lessThan(0.4);
    }
  });
});
