import { expect } from 'chai';
import { Skipped } from '../../../src/app/replay/skipped.js';
import { fault } from '../../../src/contracts/errors.js';

describe('what best effort went past', () => {
  it('is reported once, however often the bag is read', () => {
    const skipped = new Skipped();
    const told: string[] = [];
    skipped.listen(({ text }) => told.push(text));
    for (let reading = 0; reading < 2; reading++) {
      for (let nth = 0; nth < 100; nth++)
        skipped.add(fault('SAGE_1008', 'bag, /a', `no bytes at ${nth}.5 s`));
    }
    expect(skipped.count).to.equal(100);
    expect(told).to.have.length(100);
  });

  it('shows a few of each kind, so that many of one do not hide another', () => {
    const skipped = new Skipped();
    for (let nth = 0; nth < 100; nth++) skipped.add(fault('SAGE_1008', 'bag, /a', `no bytes at ${nth} s`));
    skipped.add(fault('SAGE_1008', 'bag, /b', 'no bytes at 7 s'));
    skipped.add(fault('SAGE_1003', 'bag, chunk at byte 33', 'its CRC is 0x1'));
    expect(skipped.first).to.have.length(7);
    expect(skipped.first.at(-1)?.code).to.equal('SAGE_1003');
    expect(skipped.count).to.equal(102);
  });
});
