import { expect } from 'chai';
import type { Slot } from '../../src/contracts/inference.js';
import { CarriedSlots } from '../../src/models/manager/carried.js';

const slot = (generation: number, number: number): Slot => ({ slot: number, generation });

describe('models/carried slots', () => {
  it('finds what was moved any number of times by its first number, and keeps no other', () => {
    const carried = new CarriedSlots();
    const [first, own] = [slot(1, 7), slot(1, 8)];
    let at: readonly Slot[] = [first, own];
    for (let generation = 2; generation < 1000; generation++) {
      const to = at.map((_, number) => slot(generation, number));
      carried.depart(at);
      expect(carried.move(at, to)).to.deep.equal([]);
      carried.forgetHost(generation - 1);
      at = to;
      expect(carried.size).to.equal(2);
    }
    expect(carried.now(first)).to.deep.equal(slot(999, 0));
    expect(carried.now(slot(3, 3)), 'what never moved').to.deep.equal(slot(3, 3));
    carried.forget([first]);
    expect(carried.size).to.equal(1);
    carried.forgetHost(999);
    expect(carried.size).to.equal(0);
  });

  it('gives back what was freed on the way', () => {
    const carried = new CarriedSlots();
    const [a, b] = [slot(1, 0), slot(1, 1)];
    carried.depart([a, b]);
    carried.forget([a]);
    expect(carried.move([a, b], [slot(2, 0), slot(2, 1)])).to.deep.equal([slot(2, 0)]);
    expect(carried.size).to.equal(1);
    expect(carried.now(b)).to.deep.equal(slot(2, 1));
  });
});
