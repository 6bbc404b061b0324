import { expect } from 'chai';
import fc from 'fast-check';
import {
  METABOLIC_STATES,
  type MetabolicInputs,
  type MetabolicStateName,
  type MetabolicStatus,
} from '../../src/contracts/metabolism.js';
import { defaultParameters } from '../../src/contracts/parameters/index.js';
import {
  createMetabolism,
  type MetabolismParameters,
  TRANSITIONS,
  transitionsMermaid,
} from '../../src/metabolism/index.js';

const DT_S = 0.05;
const calm: MetabolicInputs = {
  now_ms: 0,
  dt_s: DT_S,
  surprise: 0,
  performance: null,
  safety_event: null,
  settled: null,
  battery_fraction: null,
  charging: null,
  request: null,
  busy: false,
};

const parametersWith = (changes: Partial<MetabolismParameters> = {}): MetabolismParameters => ({
  ...defaultParameters().metabolism,
  ...changes,
});

/** Runs it until a state is reached, at most `limit_s`; the status then. */
function until(
  metabolism: ReturnType<typeof createMetabolism>,
  state: MetabolicStateName,
  inputs: Partial<MetabolicInputs>,
  limit_s = 60,
): MetabolicStatus {
  for (let time_s = 0; time_s < limit_s; time_s += DT_S) {
    const status = metabolism.advance({ ...calm, ...inputs });
    if (status.state === state) return status;
  }
  expect.fail(`${state} not reached in ${limit_s} s`);
}

/** Leads a new metabolism into a state by sensor-like inputs alone. */
function arriveAt(state: MetabolicStateName, changes: Partial<MetabolismParameters> = {}) {
  const metabolism = createMetabolism(parametersWith(changes), 1000);
  if (state === 'FOCUS') until(metabolism, 'FOCUS', { performance: 0.9, busy: true });
  if (state === 'REST' || state === 'DREAM') until(metabolism, 'REST', {});
  if (state === 'DREAM') until(metabolism, 'DREAM', {});
  if (state === 'CRISIS') until(metabolism, 'CRISIS', { surprise: 0.9 });
  return metabolism;
}

describe('metabolism: every state is reached from inputs, and left again', () => {
  it('FOCUS by performance, back by low performance (it could not be reached before)', () => {
    const metabolism = arriveAt('FOCUS');
    expect(until(metabolism, 'WAKE', { performance: 0.3, busy: true }).reason).to.contain('performance 0.30');
  });

  it('says by how much a limit was passed, however little it was', () => {
    const { reason } = createMetabolism(parametersWith(), 1000).advance({ ...calm, surprise: 0.8004 });
    expect(reason).to.equal('surprise 0.8004 > 0.80');
  });

  it('FOCUS holds between the two thresholds, and ends without a task', () => {
    const metabolism = arriveAt('FOCUS');
    for (let cycle = 0; cycle < 100; cycle++) {
      expect(metabolism.advance({ ...calm, performance: 0.6, busy: true }).state).to.equal('FOCUS');
    }
    expect(until(metabolism, 'WAKE', {}).reason).to.equal('no task');
  });

  it('REST by low energy after 14 s awake, and not back before it is rested', () => {
    const metabolism = createMetabolism(parametersWith(), 1000);
    let cycles = 0;
    while (metabolism.advance({ ...calm, busy: true }).state === 'WAKE') cycles++;
    expect(cycles * DT_S).to.be.closeTo(14, 0.2);
    expect(until(metabolism, 'WAKE', { busy: true }).energy)
      .to.be.at.least(80)
      .and.below(81);
  });

  it('DREAM after rest when nothing is to be done, WAKE when a goal arrives or in the end', () => {
    expect(until(arriveAt('DREAM'), 'WAKE', { busy: true }).reason).to.equal('a goal arrived');
    expect(until(arriveAt('DREAM'), 'WAKE', {}).reason).to.equal('30 s in this state');
  });

  for (const state of METABOLIC_STATES.filter((name) => name !== 'CRISIS')) {
    it(`CRISIS from ${state} at once by surprise or a safety event (it could not be reached before)`, () => {
      const surprised = arriveAt(state).advance({ ...calm, surprise: 0.81 });
      expect(surprised).to.include({ state: 'CRISIS', previous: state, changed: true });
      const stopped = arriveAt(state).advance({ ...calm, safety_event: 'emergency stop' });
      expect(stopped).to.include({ state: 'CRISIS', reason: 'safety: emergency stop' });
    });

    it(`${state} on request, and CRISIS, and away from it again`, () => {
      const metabolism = createMetabolism(parametersWith(), 1000);
      expect(metabolism.advance({ ...calm, request: 'CRISIS' }).state).to.equal('CRISIS');
      metabolism.advance({ ...calm, request: state });
      until(metabolism, state, { performance: 0.6, busy: state !== 'DREAM' });
      metabolism.advance({ ...calm, performance: 0.6, request: state === 'WAKE' ? 'REST' : 'WAKE' });
      until(metabolism, state === 'WAKE' ? 'REST' : 'WAKE', { performance: 0.6, busy: true }, 3);
    });
  }

  it('CRISIS ends only after clear_s without surprise and without a safety event', () => {
    const metabolism = arriveAt('CRISIS', { minimum_s: 0 });
    for (let cycle = 0; cycle < 100; cycle++) {
      expect(metabolism.advance({ ...calm, surprise: 0.5 }).state).to.equal('CRISIS');
      expect(metabolism.advance({ ...calm, safety_event: 'arm does not follow' }).state).to.equal('CRISIS');
    }
    for (let cycle = 0; cycle < 9; cycle++) expect(metabolism.advance(calm).state).to.equal('CRISIS');
    expect(metabolism.advance({ ...calm, surprise: 0.45 }).state).to.equal('CRISIS');
    for (let cycle = 0; cycle < 9; cycle++) expect(metabolism.advance(calm).state).to.equal('CRISIS');
    expect(until(metabolism, 'WAKE', {}, 0.2).previous).to.equal('CRISIS');
  });
});

describe('metabolism: energy', () => {
  const rates = { WAKE: -5, FOCUS: 0, REST: 3, DREAM: 0, CRISIS: -15 } as const;

  for (const state of METABOLIC_STATES) {
    it(`${state} changes the energy by consumption and recharge, ${rates[state]} per second`, () => {
      const metabolism = arriveAt(state, { energy_initial: state === 'REST' || state === 'DREAM' ? 40 : 90 });
      const keep = {
        ...calm,
        performance: state === 'FOCUS' ? 0.9 : null,
        surprise: state === 'CRISIS' ? 0.9 : 0,
      };
      const before = metabolism.advance(keep);
      let after = before;
      for (let cycle = 0; cycle < 10; cycle++) after = metabolism.advance(keep);
      expect(after.state).to.equal(state);
      expect(after.energy - before.energy).to.be.closeTo(rates[state] * 0.5, 1e-9);
    });
  }

  it('depends on the time that passed, not on how it is cut into cycles', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 0.5, noNaN: true }), { maxLength: 20 }), (cuts) => {
        const metabolism = createMetabolism(parametersWith(), 1000);
        let energy = 100;
        for (const dt_s of cuts) energy = metabolism.advance({ ...calm, dt_s }).energy;
        expect(energy).to.be.closeTo(100 - 5 * cuts.reduce((a, b) => a + b, 0), 1e-9);
      }),
    );
  });

  it('rests for hours in the endurance profile', () => {
    const metabolism = createMetabolism(parametersWith({ profile: 'endurance' }), 1000);
    let time_s = 0;
    while (metabolism.advance({ ...calm, dt_s: 10, busy: true }).state === 'WAKE') time_s += 10;
    expect(time_s).to.be.closeTo(14 * 360, 20);
  });

  it('is the battery in the battery profile, and integrated where the battery says nothing', () => {
    const metabolism = createMetabolism(parametersWith({ profile: 'battery' }), 1000);
    expect(metabolism.advance({ ...calm, battery_fraction: 0.55 }).energy).to.be.closeTo(55, 1e-9);
    expect(metabolism.advance({ ...calm, battery_fraction: null }).energy).to.be.closeTo(54.75, 1e-9);
    expect(metabolism.advance({ ...calm, battery_fraction: Number.NaN }).energy).to.be.closeTo(54.5, 1e-9);
    expect(until(metabolism, 'REST', { battery_fraction: 0.2, busy: true }).reason).to.contain('energy 20.0');
    for (let cycle = 0; cycle < 4000; cycle++) {
      // Not even the maximum time of REST wakes a robot with an empty battery.
      expect(metabolism.advance({ ...calm, battery_fraction: 0.2, busy: true }).state).to.equal('REST');
    }
    until(metabolism, 'WAKE', { battery_fraction: 0.85, charging: true, busy: true });
  });

  it('gains nothing from a battery that is not charging and does not say how full it is', () => {
    const metabolism = createMetabolism(parametersWith({ profile: 'battery', energy_initial: 50 }), 1000);
    expect(metabolism.advance({ ...calm, charging: false }).energy).to.be.closeTo(49.5, 1e-9);
    expect(metabolism.advance({ ...calm, charging: true }).energy).to.be.closeTo(49.25, 1e-9);
    const other = createMetabolism(parametersWith({ energy_initial: 50 }), 1000);
    expect(other.advance({ ...calm, charging: false }).energy, 'in the other profiles').to.be.closeTo(
      49.75,
      1e-9,
    );
  });
});

describe('metabolism: properties', () => {
  const anyNumber = fc.oneof(fc.double(), fc.constantFrom(Number.NaN, Infinity, -Infinity, 1e300, -1));
  const anyInputs: fc.Arbitrary<MetabolicInputs> = fc.record({
    now_ms: anyNumber,
    dt_s: fc.oneof(fc.double({ min: 0, max: 0.4, noNaN: true }), anyNumber),
    surprise: fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), anyNumber),
    performance: fc.option(fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), anyNumber)),
    safety_event: fc.option(fc.constant('emergency stop'), { freq: 20 }),
    settled: fc.option(fc.constant('it lies still'), { freq: 20 }),
    battery_fraction: fc.option(anyNumber),
    charging: fc.option(fc.boolean()),
    request: fc.option(fc.constantFrom(...METABOLIC_STATES), { freq: 10 }),
    busy: fc.boolean(),
  });
  const profiles = fc.constantFrom('default', 'endurance', 'battery' as const);

  it('keeps the energy in 0..100 and never oscillates faster than minimum_s, whatever comes in', () => {
    fc.assert(
      fc.property(
        fc.array(anyInputs, { maxLength: 120 }),
        fc.double({ min: 0, max: 3, noNaN: true }),
        profiles,
        (sequence, minimum_s, profile) => {
          const metabolism = createMetabolism(parametersWith({ minimum_s, profile }), 1000);
          let before = metabolism.advance(calm);
          for (const inputs of sequence) {
            const status = metabolism.advance(inputs);
            expect(status.energy).to.be.within(0, 100);
            expect(status.changed).to.equal(status.state !== before.state);
            const dt_s = Number.isFinite(inputs.dt_s) ? Math.min(60, Math.max(0, inputs.dt_s)) : 0;
            if (status.changed && status.state !== 'CRISIS') {
              expect(before.time_in_state_s + dt_s).to.be.at.least(minimum_s);
            }
            before = status;
          }
        },
      ),
    );
  });

  it('enters no state twice within minimum_s, whatever comes in: no oscillation is faster', () => {
    fc.assert(
      fc.property(
        fc.array(anyInputs, { maxLength: 300 }),
        fc.double({ min: 0.1, max: 3, noNaN: true }),
        profiles,
        (sequence, minimum_s, profile) => {
          const metabolism = createMetabolism(parametersWith({ minimum_s, profile }), 1000);
          const entered_s = new Map<string, number>();
          let time_s = 0;
          for (const inputs of sequence) {
            const { state, changed } = metabolism.advance(inputs);
            time_s += Number.isFinite(inputs.dt_s) ? Math.min(60, Math.max(0, inputs.dt_s)) : 0;
            if (!changed) continue;
            const before_s = entered_s.get(state);
            if (before_s !== undefined) expect(time_s - before_s).to.be.at.least(minimum_s - 1e-9);
            entered_s.set(state, time_s);
          }
        },
      ),
    );
  });

  it('is a crisis whenever surprise is above the threshold, no number, or safety is at stake', () => {
    fc.assert(
      fc.property(fc.array(anyInputs, { maxLength: 40 }), (sequence) => {
        const metabolism = createMetabolism(parametersWith(), 1000);
        for (const inputs of sequence) {
          const { state } = metabolism.advance(inputs);
          const alarming = !Number.isFinite(inputs.surprise) || inputs.surprise > 0.8;
          if (alarming || inputs.safety_event !== null) expect(state).to.equal('CRISIS');
        }
      }),
    );
  });

  it('carries the policy of the table in every state', () => {
    const table = METABOLIC_STATES.map((state) => {
      const inputs = { ...calm, performance: state === 'FOCUS' ? 0.9 : null };
      const at = arriveAt(state).advance({ ...inputs, surprise: state === 'CRISIS' ? 0.9 : 0 });
      return [
        at.state,
        at.attention_breadth,
        at.refinement_depth,
        at.exploration_rate,
        at.consolidation_rate,
        at.atp_per_s,
      ];
    });
    expect(table).to.deep.equal([
      ['WAKE', 5, 10, 0.3, 0.1, 1000],
      ['FOCUS', 2, 5, 0, 0.05, 1000],
      ['REST', 1, 2, -0.5, 0.5, 200],
      ['DREAM', 10, 3, 0.5, 0.3, 500],
      ['CRISIS', 3, 15, 0, 0, 1000],
    ]);
  });
});

describe('metabolism: the picture', () => {
  it('shows every transition of the table, and each state is left and reached', () => {
    const picture = transitionsMermaid();
    expect(picture).to.match(/^stateDiagram-v2\n {2}\[\*\] --> WAKE\n/);
    for (const { from, to, label } of TRANSITIONS) {
      const origins = from === '*' ? METABOLIC_STATES.filter((state) => state !== to) : [from];
      for (const origin of origins) {
        expect(
          picture.split('\n').some((line) => line.includes(`${origin} --> ${to}`) && line.includes(label)),
        ).to.equal(true);
      }
    }
    for (const state of METABOLIC_STATES) {
      expect(picture).to.contain(`--> ${state}`);
      expect(picture).to.contain(`  ${state} -->`);
    }
  });
});
