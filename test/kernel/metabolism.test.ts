import { expect } from 'chai';
import fc from 'fast-check';
import { trivialPlugin } from '../../src/app/bench/mind/whole-cycle.js';
import type { Extension } from '../../src/app/compose.js';
import type { IrpPlugin } from '../../src/contracts/irp.js';
import { METABOLIC_STATES, type MetabolicStateName } from '../../src/contracts/metabolism.js';
import type { Parameters } from '../../src/contracts/parameters/index.js';
import { TRANSITIONS } from '../../src/metabolism/index.js';
import { MindRun, parametersWith } from './mind-run.js';

type Metabolic = Partial<Parameters['metabolism']>;
type Profile = Parameters['metabolism']['profile'];
const PROFILES: readonly Profile[] = ['default', 'endurance', 'battery'];
const STALLED = 'pick up the red block';

/** Does one thing for each task and does it well: what a task that then stalls has earned. */
function helper(): Extension {
  const plugin: IrpPlugin<null, number, number> = {
    ...trivialPlugin('helper', 3),
    step: (state) => state / 100,
  };
  const offer = { plugin: 'helper', resource: 'vision', sources: [], task: null, goal_need: 1 } as const;
  let helped = '';
  return {
    plugin,
    faculty: {
      plugin: 'helper',
      offer: ({ goals, now_ms }, running) =>
        goals.active === null || goals.active.goal_id === helped
          ? null
          : { ...offer, running, last_result_ms: helped === '' ? null : now_ms },
      integrate: ({ finished, report }, { goals }) => {
        if (finished && report.status === 'halted') helped = goals.active?.goal_id ?? '';
      },
    },
  };
}

/** What a test begins with. */
interface Beginning extends Metabolic {
  /** Energy above rest_energy, in seconds that the state WAKE can go on with it; the default is enough for all. */
  readonly awake_s?: number;
}

/** A mind under one profile. Its energy falls and rises as the profile has it: by time lived, or by the battery. */
class Sleeper {
  readonly run: MindRun;
  private charge = 0.5;
  private surprising = 0;

  constructor(profile: Profile, { awake_s = 14, ...changes }: Beginning = {}) {
    const recharge_per_s = changes.recharge_per_s ?? 5;
    const slowness = profile === 'endurance' ? 10 : 1;
    const metabolism: Metabolic = {
      profile,
      endurance_factor: 10,
      energy_initial: 30 + ((10 - recharge_per_s) * awake_s) / slowness,
      rested_energy: 30 + 3 / slowness,
      maximum_s: [0, 0, 0, 0, 0],
      ...changes,
    };
    this.run = new MindRun(parametersWith({ metabolism, kernel: { rate_hz: 10 } }), [helper()]);
    this.run.sources.set('probe', () => Float32Array.from({ length: 8 }, (_, at) => at + this.surprising));
    if (profile === 'battery')
      this.run.eachCycle = () => this.run.put('battery', { fraction: this.charge, charging: false });
  }

  /** Long enough awake for a surprise to be noticed. */
  warm(): Promise<void> {
    return this.run.cycles(30);
  }

  /** In the battery profile the battery says this from now on; in the others time does it. */
  battery(charge: number): void {
    this.charge = charge;
  }

  surprise(): void {
    this.surprising += 5;
  }

  async reach(state: MetabolicStateName, limit_s = 60): Promise<string> {
    const reached = await this.run.until(({ metabolic }) => metabolic.state === state, limit_s);
    const seen = this.run.transitions.map(({ to, reason }) => `${to} (${reason})`).join(', ');
    expect(reached, `${state} was not reached: ${seen}`).to.equal(true);
    return this.run.transitions.at(-1)?.reason ?? '';
  }

  /** Into a state by what the sensors say alone. */
  async into(state: MetabolicStateName): Promise<void> {
    await this.warm();
    if (state === 'FOCUS') {
      this.run.say(STALLED);
      expect(await this.reach('FOCUS')).to.match(/^performance /);
    }
    if (state === 'REST' || state === 'DREAM') {
      this.battery(0.1);
      expect(await this.reach('REST')).to.match(/^energy /);
    }
    if (state === 'DREAM') {
      this.battery(0.9);
      expect(await this.reach('DREAM')).to.equal('rested, nothing to do');
    }
    if (state === 'CRISIS') {
      this.surprise();
      expect(await this.reach('CRISIS')).to.match(/^surprise /);
    }
  }
}

/** What makes each row of the table happen, and the reason that is then given. Keys: from → to: label. */
interface Scenario {
  readonly make: (sleeper: Sleeper) => void;
  readonly reason: RegExp;
  readonly begin?: Beginning;
}
/** With the default recharge FOCUS and DREAM keep the energy that they have; with less they use it up. */
const lowEnergy = (awake_s: number, recharge_per_s = 5): Scenario => ({
  make: (sleeper) => sleeper.battery(0.1),
  reason: /^energy /,
  begin: { awake_s, recharge_per_s },
});
const asked = (state: MetabolicStateName): Scenario => ({
  make: (sleeper) => sleeper.run.request(state),
  reason: /^requested$/,
});
const lasting = (state: MetabolicStateName, maximum_s: number): Beginning => ({
  maximum_s: METABOLIC_STATES.map((name) => (name === state ? maximum_s : 0)),
});
const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'CRISIS → WAKE: surprise < clear_surprise for clear_s, no safety event': {
    make: (sleeper) => sleeper.run.put('operator', { request: 'resume', argument: '' }),
    reason: /^clear for /,
  },
  'WAKE → REST: energy < rest_energy': lowEnergy(4),
  'FOCUS → REST: energy < rest_energy': lowEnergy(3.5, 4),
  'DREAM → REST: energy < rest_energy': lowEnergy(3.5, 4),
  'WAKE → FOCUS: performance > focus_performance': {
    make: ({ run }) => run.say(STALLED),
    reason: /^performance (0.[89]\d|1.00) > 0.70$/,
  },
  'FOCUS → WAKE: performance < unfocus_performance, or no task': {
    make: () => {},
    reason: /^performance 0.4\d+ < 0.50$/,
  },
  'REST → DREAM: energy ≥ rested_energy, nothing to do': {
    make: (sleeper) => sleeper.battery(0.9),
    reason: /^rested, nothing to do$/,
  },
  'REST → WAKE: energy ≥ rested_energy, a goal waits': {
    make: (sleeper) => {
      sleeper.run.say(STALLED);
      sleeper.battery(0.9);
    },
    reason: /^rested, a goal waits$/,
  },
  'DREAM → WAKE: a goal arrived': { make: ({ run }) => run.say(STALLED), reason: /^a goal arrived$/ },
  'REST → WAKE: maximum_s, energy ≥ rest_energy': {
    make: (sleeper) => sleeper.battery(0.5),
    reason: /s in this state$/,
    begin: { ...lasting('REST', 3), rested_energy: 90 },
  },
  'FOCUS → WAKE: maximum_s': { make: () => {}, reason: /s in this state$/, begin: lasting('FOCUS', 0.3) },
  'DREAM → WAKE: maximum_s': { make: () => {}, reason: /s in this state$/, begin: lasting('DREAM', 1) },
};

/** Those who shall sleep begin tired. */
const awakeFor = (state: MetabolicStateName) => (state === 'REST' || state === 'DREAM' ? 4 : 14);

for (const profile of PROFILES) {
  describe(`metabolism through the whole kernel, profile ${profile}: every arrow from what comes in`, () => {
    for (const { from, to, label } of TRANSITIONS) {
      if (from === '*') continue;
      const key = `${from} → ${to}: ${label}`;
      const scenario = label === 'requested' ? asked(to) : SCENARIOS[key];
      it(key, async () => {
        expect(scenario, 'a transition without a test').to.not.equal(undefined);
        const { make, reason, begin } = scenario!;
        const sleeper = new Sleeper(profile, { awake_s: awakeFor(from), ...begin });
        await sleeper.into(from);
        make(sleeper);
        expect(await sleeper.reach(to)).to.match(reason);
        expect(sleeper.run.transitions.at(-1)).to.include({ from, to });
      });
    }

    it('FOCUS → WAKE when the task has ended', async () => {
      const sleeper = new Sleeper(profile);
      await sleeper.warm();
      sleeper.run.say('go home');
      await sleeper.reach('FOCUS');
      expect(await sleeper.reach('WAKE')).to.equal('no task');
    });

    for (const from of METABOLIC_STATES.filter((state) => state !== 'CRISIS')) {
      for (const [what, make, reason] of [
        ['surprise', (sleeper: Sleeper) => sleeper.surprise(), /^surprise \d.\d+ > 0.80 \(probe\)$/],
        [
          'an emergency stop',
          ({ run }: Sleeper) => run.put('emergency_stop', { pressed: true }),
          /^safety: emergency stop$/,
        ],
        ['request', ({ run }: Sleeper) => run.request('CRISIS'), /^requested$/],
      ] as const) {
        it(`${from} → CRISIS by ${what}, in the next cycle`, async () => {
          const sleeper = new Sleeper(profile, { awake_s: awakeFor(from) });
          await sleeper.into(from);
          make(sleeper);
          const { metabolic, actions } = await sleeper.run.cycle();
          expect(metabolic).to.include({ state: 'CRISIS', previous: from });
          expect(metabolic.reason).to.match(reason);
          expect(actions.every(({ kind }) => kind === 'hold')).to.equal(true);
        });
      }
    }

    it('FOCUS → CRISIS when the arm is pushed off its plan', async () => {
      const sleeper = new Sleeper(profile);
      await sleeper.warm();
      sleeper.run.say('go home');
      await sleeper.reach('FOCUS', 5);
      sleeper.run.push = 0.4;
      expect(await sleeper.reach('CRISIS', 1)).to.equal(
        'safety: the arm does not follow: its joints do not move as planned',
      );
    });
  });
}

describe('metabolism through the whole kernel', () => {
  it('stays in WAKE for a task that has earned nothing, though nothing is perfectly coherent', async () => {
    const run = new MindRun(parametersWith({ kernel: { rate_hz: 10 }, metabolism: { recharge_per_s: 10 } }));
    run.sources.set('probe', () => Float32Array.from({ length: 8 }, (_, at) => at));
    run.say(STALLED);
    await run.cycles(100);
    expect(run.effects?.report.goal?.text).to.equal(STALLED);
    expect(run.transitions).to.deep.equal([]);
  });

  it('lives for hours under the profile endurance: 84 minutes awake, then more than an hour and a half of rest', async () => {
    const metabolism: Metabolic = { profile: 'endurance' };
    const run = new MindRun(parametersWith({ metabolism, kernel: { rate_hz: 1 } }));
    await run.until(({ metabolic }) => metabolic.state === 'DREAM', 20_000);
    expect(run.transitions.map(({ to }) => to)).to.deep.equal(['REST', 'DREAM']);
    const [rest, dream] = run.transitions.map(({ time_s }) => time_s / 60);
    expect(rest).to.be.closeTo(84, 0.2);
    expect(dream! - rest!).to.be.closeTo(100, 0.2);
  });

  it('is in crisis for a beacon until it is normal, then never again; and at once for an anomaly in it', async () => {
    const run = new MindRun(
      parametersWith({ metabolism: { recharge_per_s: 20 }, attention: { enabled: false } }),
    );
    let added = 0;
    const lit = (time_s: number) => (time_s > 10 && time_s % 4 < 1 ? 1 : 0);
    run.sources.set('probe', (time_s) =>
      Float32Array.from({ length: 32 }, (_, at) => (at < 16 ? lit(time_s) : 0) + (at < 8 ? added : 0)),
    );
    await run.cycles(20 * 100);
    expect(run.transitions.some(({ to, time_s }) => to === 'CRISIS' && time_s < 20)).to.equal(true);
    expect(run.transitions.filter(({ time_s }) => time_s > 80)).to.deep.equal([]);
    added = 0.4;
    expect((await run.cycle()).metabolic.state).to.equal('CRISIS');
  });

  describe('a battery that falls silent', () => {
    it('counts as in use with nothing coming back, and is named', async () => {
      const metabolism: Metabolic = { profile: 'battery', battery_stale_s: 5 };
      const run = new MindRun(parametersWith({ metabolism, kernel: { rate_hz: 10 } }));
      run.put('battery', { fraction: 0.9, charging: true });
      await run.cycles(49);
      expect(run.effects?.metabolic).to.include({ state: 'WAKE', energy: 90 });
      expect(await run.until(({ metabolic }) => metabolic.state === 'REST', 20)).to.equal(true);
      expect(run.time_s, 'ten per second from 90 to 30').to.be.closeTo(5 + 6, 0.3);
      expect(run.effects?.report.faults.map(({ code, where }) => `${code} ${where}`)).to.include(
        'SAGE_205 battery',
      );
      await run.cycles(600);
      expect(run.effects?.metabolic).to.include({ state: 'REST', energy: 0 });
      run.put('battery', { fraction: 0.95, charging: false });
      await run.cycle();
      expect(run.effects?.metabolic).to.include({ state: 'DREAM', energy: 95 });
      expect(run.effects?.report.faults).to.deep.equal([]);
    });

    it('is of no account under the other profiles', async () => {
      const run = new MindRun(
        parametersWith({ metabolism: { battery_stale_s: 1 }, kernel: { rate_hz: 10 } }),
      );
      run.put('battery', { fraction: 0.01, charging: false });
      await run.cycles(30);
      expect(run.effects?.metabolic).to.include({ state: 'WAKE', energy: 85.5 });
      expect(run.effects?.report.faults).to.deep.equal([]);
    });
  });

  it('enters no state twice within minimum_s, whatever the sensors, operators and goals do', async () => {
    const event = fc.record({
      at: fc.nat(299),
      what: fc.constantFrom('surprise', 'press', 'release', 'goal', 'stop', 'resume', ...METABOLIC_STATES),
    });
    const charge = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 6 });
    const settings = fc.record({
      profile: fc.constantFrom(...PROFILES),
      energy_initial: fc.double({ min: 0, max: 100, noNaN: true }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(event, { maxLength: 40 }),
        charge,
        settings,
        async (events, charges, metabolism) => {
          const run = new MindRun(parametersWith({ metabolism, kernel: { rate_hz: 10 } }));
          let shown = 0;
          run.sources.set('probe', () => Float32Array.from({ length: 8 }, (_, at) => at + shown));
          const acts: Record<string, () => void> = {
            surprise: () => (shown = shown === 0 ? 5 : 0),
            press: () => run.put('emergency_stop', { pressed: true }),
            release: () => run.put('emergency_stop', { pressed: false }),
            goal: () => run.say(),
            stop: () => run.put('operator', { request: 'stop', argument: '' }),
            resume: () => run.put('operator', { request: 'resume', argument: '' }),
          };
          for (let index = 0; index < 300; index++) {
            for (const { at, what } of events) if (at === index) (acts[what] ?? (() => run.request(what)))();
            run.put('battery', { fraction: charges[index % charges.length]!, charging: false });
            await run.cycle();
          }
          const entered_s = new Map<string, number>();
          for (const { to, time_s } of run.transitions) {
            const before_s = entered_s.get(to) ?? Number.NEGATIVE_INFINITY;
            expect(time_s - before_s, `${to} at ${time_s}`).to.be.at.least(1 - 1e-6);
            entered_s.set(to, time_s);
          }
        },
      ),
      { numRuns: 10 },
    );
  });
});
