import { expect } from 'chai';
import { CONDITIONS, parametersFor } from '../../src/app/bench/planners/conditions.js';
import { guestsOf } from '../../src/app/bench/planners/guests.js';
import { SimulatedRun } from '../../src/app/bench/simulated-run.js';
import { simulatedRuns, TIME_MAX_S, toTheEnd } from './simulated-runs.js';

describe('the whole, simulated: what surprises', function () {
  this.timeout(240_000);
  const runs = simulatedRuns();

  for (const seed of [21, 22, 23]) {
    it(`is surprised by a hand and holds within 200 ms of the first frame that shows it, then continues (seed ${seed})`, async () => {
      let seen_s: number | null = null;
      let called = false;
      const simulated = runs.begin(seed, (world, time_s) => {
        if (called && seen_s === null && world.hand_visible) seen_s = time_s;
      });
      await runs.inMotion(simulated);
      expect(
        runs.rows.some(({ state }) => state === 'CRISIS'),
        'its own motion is no crisis',
      ).to.equal(false);
      simulated.world.hand(2);
      called = true;
      const status = await toTheEnd(simulated);
      const first = runs.rows.find(({ state }) => state === 'CRISIS');
      const hold = runs.rows.find(
        ({ actions, time_s }) => actions.includes('hold') && time_s >= (first?.time_s ?? 0),
      );
      expect(seen_s, 'the hand was in the picture').to.not.equal(null);
      expect((hold?.time_s ?? 99) - (seen_s ?? 0), 's from the first frame to the hold').to.be.at.most(0.2);
      const crisis = runs.rows.filter(
        ({ state, time_s }) => state === 'CRISIS' && time_s > (hold?.time_s ?? 0) + 0.5,
      );
      expect(
        crisis.some(({ moving }) => moving),
        'the arm moves in the crisis',
      ).to.equal(false);
      expect(status).to.equal('satisfied');
      expect(simulated.violations()).to.deep.equal([]);
    });
  }

  it('continues within two seconds after the block was moved, to its new position', async () => {
    const simulated = runs.begin(24);
    await runs.inMotion(simulated);
    const moved_s = runs.rows.at(-1)?.time_s ?? 0;
    simulated.world.putBlock('red', 0.36, 0.02);
    const status = await toTheEnd(simulated);
    const crisis = runs.rows.filter(({ state }) => state === 'CRISIS');
    expect(crisis.length, 'cycles in crisis').to.be.within(1, 40);
    expect(crisis.at(-1)?.time_s ?? 99).to.be.at.most(moved_s + 2);
    expect(status).to.equal('satisfied');
    expect(simulated.block('red')?.held).to.equal(true);
    expect(simulated.violations()).to.deep.equal([]);
  });

  it('holds as long as the hand that moved the block stays', async () => {
    const simulated = runs.begin(25);
    await runs.inMotion(simulated);
    simulated.world.hand(6);
    const from_s = runs.rows.at(-1)?.time_s ?? 0;
    await simulated.advance(1);
    simulated.world.putBlock('red', 0.36, 0.02);
    await simulated.advance(5);
    expect(runs.heldSince(from_s + 0.5).every(({ state }) => state === 'CRISIS')).to.equal(true);
    expect(runs.heldSince(from_s + 0.5).some(({ moving }) => moving)).to.equal(false);
    expect(await toTheEnd(simulated)).to.equal('satisfied');
    expect(runs.rows.filter(({ state }) => state === 'CRISIS').at(-1)?.time_s ?? 99).to.be.at.most(
      from_s + 10,
    );
  });

  it('holds for two seconds at most when the light is switched off, and picks in the light that is left', async () => {
    const simulated = runs.begin(2);
    await runs.inMotion(simulated);
    simulated.world.obey({ exposure: 0.12 });
    expect(await toTheEnd(simulated)).to.equal('satisfied');
    expect(runs.rows.filter(({ state }) => state === 'CRISIS').length, 'cycles in crisis').to.be.within(
      1,
      50,
    );
  });

  it('holds as long as a hand is there, though the light changes as it comes, and continues when it has left', async () => {
    const simulated = runs.begin(2);
    await runs.inMotion(simulated);
    simulated.world.obey({ exposure: 0.5 });
    simulated.world.hand(5);
    await simulated.advance(1.5);
    const from_s = runs.rows.at(-1)?.time_s ?? 0;
    for (let turn = 0; turn < 200 && simulated.world.hand_visible; turn++) await simulated.advance(0.05);
    const during = runs.rows.filter(({ time_s }) => time_s > from_s);
    expect(during.length, 'cycles with the hand').to.be.above(60);
    expect(during.every(({ state, moving }) => state === 'CRISIS' && !moving)).to.equal(true);
    const left_s = runs.rows.at(-1)?.time_s ?? 0;
    expect(await toTheEnd(simulated)).to.equal('satisfied');
    expect(runs.rows.filter(({ state }) => state === 'CRISIS').at(-1)?.time_s ?? 99).to.be.at.most(
      left_s + 6,
    );
  });

  /** Draws a plain rectangle into each picture. */
  const rectangle =
    (x: number, y: number, wide: number, high: number) =>
    (rgb: Uint8Array, width: number): void => {
      for (let row = y; row < y + high; row++)
        for (let column = x; column < x + wide; column++) rgb.set([60, 110, 70], 3 * (row * width + column));
    };

  it('ignores a still object half in the image, and continues', async () => {
    const simulated = runs.begin(2);
    await runs.inMotion(simulated);
    simulated.trouble.draws = rectangle(0, 330, 50, 90);
    const from_s = runs.rows.at(-1)?.time_s ?? 0;
    expect(await toTheEnd(simulated)).to.equal('satisfied');
    const crisis = runs.rows.filter(({ state }) => state === 'CRISIS');
    expect(crisis.at(-1)?.time_s ?? 99).to.be.within(from_s + 3, from_s + 5);
  });

  it('holds for what reaches in deep, however still it is', async () => {
    const simulated = runs.begin(2);
    await runs.inMotion(simulated);
    simulated.trouble.draws = rectangle(0, 380, 300, 50);
    await simulated.advance(8);
    expect(runs.rows.at(-1)).to.include({ state: 'CRISIS', moving: false });
  });

  it('is not surprised by its own motion after a hand: the hand shaded what its own shadow had left', async () => {
    const condition = CONDITIONS.find(({ name }) => name === 'hand')!;
    const begun_s: number[] = [];
    let state = '';
    let called = false;
    const simulated = new SimulatedRun(
      309,
      parametersFor(runs.parameters, condition, 'core'),
      runs.host,
      (world, time_s) => {
        if (called || time_s <= 2 || !world.truth().moving) return;
        called = true;
        world.hand(2);
      },
      ({ metabolic }, _world, time_s) => {
        if (metabolic.state === 'CRISIS' && state !== 'CRISIS') begun_s.push(time_s);
        state = metabolic.state;
      },
      guestsOf({ answers: 0 }),
    );
    expect((await simulated.pursue(condition.goal ?? '', TIME_MAX_S)).event?.status).to.equal('satisfied');
    expect(begun_s, 'crises').to.have.length(1);
  });
});
