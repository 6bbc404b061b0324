import { expect } from 'chai';
import fc from 'fast-check';
import type { Demand } from '../../src/models/index.js';
import { type ModelFacts, propose, roomFor, worthOf } from '../../src/models/manager/policy.js';

const PARAMETERS = {
  ram_mb_max: 500,
  gpu_mb_max: 0,
  rest_idle_s: 10,
  idle_s: 60,
  hysteresis: 1.3,
  dwell_s: 5,
  complexity_swap: true,
};

const model = (id: string, more: Partial<ModelFacts> = {}): ModelFacts => ({
  id,
  capabilities: ['vision'],
  family: '',
  complexity_max: 1,
  loaded: false,
  faulty: false,
  used: true,
  pinned: false,
  memory_mb: 100,
  gpu_mb: 0,
  last_used_ms: null,
  loaded_ms: null,
  stands_in_for: null,
  ...more,
});

const demand = (more: Partial<Demand> = {}): Demand => ({
  now_ms: 100_000,
  state: 'WAKE',
  goal: false,
  salience: new Map(),
  complexity: new Map(),
  ...more,
});

const loaded = (id: string, more: Partial<ModelFacts> = {}): ModelFacts =>
  model(id, { loaded: true, loaded_ms: 0, last_used_ms: 90_000, ...more });

describe('models/policy', () => {
  it('loads what plugins use while the robot is awake, and what is pinned in any case', () => {
    expect(propose([model('a')], demand(), PARAMETERS)).to.include({ kind: 'load', id: 'a' });
    expect(propose([model('a', { used: false })], demand(), PARAMETERS)).to.equal(null);
    expect(propose([model('a')], demand({ state: 'REST' }), PARAMETERS)).to.equal(null);
    const pinned = [model('a', { used: false, pinned: true })];
    expect(propose(pinned, demand({ state: 'DREAM' }), PARAMETERS)).to.include({ kind: 'load', id: 'a' });
    expect(propose([model('a', { faulty: true })], demand(), PARAMETERS), 'no use in trying').to.equal(null);
  });

  it('unloads in REST and DREAM what is idle, and has it back for a goal or a salient source', () => {
    const idle = loaded('a', { last_used_ms: 80_000 });
    const rest = demand({ state: 'REST' });
    expect(propose([idle], rest, PARAMETERS)).to.include({ kind: 'unload', id: 'a' });
    expect(propose([idle], demand(), PARAMETERS), 'awake').to.equal(null);
    expect(propose([loaded('a', { last_used_ms: 95_000 })], rest, PARAMETERS), 'used just now').to.equal(
      null,
    );
    expect(propose([idle], { ...rest, goal: true }, PARAMETERS), 'a goal waits').to.equal(null);
    expect(propose([{ ...idle, pinned: true }], rest, PARAMETERS)).to.equal(null);
    expect(propose([idle], rest, { ...PARAMETERS, rest_idle_s: 0 }), 'switched off').to.equal(null);
    const back = [model('a')];
    expect(propose(back, { ...rest, goal: true }, PARAMETERS)).to.include({
      kind: 'load',
      reason: 'a goal waits',
    });
    const moved = { ...rest, salience: new Map([['camera', 0.7]]) };
    expect(propose(back, moved, PARAMETERS)).to.include({ kind: 'load' });
    expect(propose(back, { ...rest, salience: new Map([['audio', 0.7]]) }, PARAMETERS)).to.equal(null);
  });

  it('unloads what no plugin uses once it is idle', () => {
    const spare = loaded('a', { used: false, last_used_ms: 30_000 });
    expect(propose([spare], demand(), PARAMETERS)).to.include({ kind: 'unload', id: 'a' });
    expect(propose([{ ...spare, last_used_ms: 50_000 }], demand(), PARAMETERS)).to.equal(null);
  });

  it('makes room by value per MB, and not for what is worth about as much', () => {
    const wanted = model('new', { memory_mb: 300 });
    const small = loaded('small', { used: false, memory_mb: 100 });
    const large = loaded('large', { used: false, memory_mb: 400 });
    expect(roomFor(wanted, [wanted, small, large], demand(), PARAMETERS)).to.deep.equal(['large']);
    const equal = loaded('equal', { memory_mb: 300 });
    const other = loaded('other', { memory_mb: 100, pinned: true });
    expect(roomFor(wanted, [wanted, equal, other], demand(), PARAMETERS), 'hysteresis').to.equal(null);
    expect(roomFor(wanted, [wanted, equal, other], demand(), PARAMETERS, 'request')).to.deep.equal(['equal']);
    const young = loaded('large', { used: false, memory_mb: 400, loaded_ms: 98_000 });
    expect(roomFor(wanted, [wanted, young], demand(), PARAMETERS), 'just loaded').to.equal(null);
    expect(roomFor(wanted, [wanted, young], demand(), PARAMETERS, 'request'), 'no turns').to.equal(null);
    expect(roomFor(wanted, [wanted, young], demand(), PARAMETERS, 'operator')).to.deep.equal(['large']);
    const held = loaded('held', { pinned: true, memory_mb: 400 });
    expect(roomFor(wanted, [wanted, held], demand(), PARAMETERS, 'operator'), 'pinned').to.equal(null);
    expect(
      roomFor(model('a', { memory_mb: 501 }), [], demand(), PARAMETERS, 'operator'),
      'never fits',
    ).to.equal(null);
  });

  it('lets the least worth go where the hosts have grown beyond the budget', () => {
    const [a, b] = [loaded('a', { memory_mb: 300 }), loaded('b', { memory_mb: 250 })];
    const over = propose([a, b], demand(), PARAMETERS);
    expect(over).to.deep.equal({ kind: 'unload', id: 'a', reason: 'the hosts use 550 MB (allowed 500)' });
    expect(propose([{ ...a, pinned: true }, b], demand(), PARAMETERS)).to.include({
      kind: 'unload',
      id: 'b',
    });
    expect(propose([{ ...a, memory_mb: 250 }, b], demand(), PARAMETERS), 'all fit').to.equal(null);
    expect(propose([{ ...a, memory_mb: 600 }], demand(), PARAMETERS), 'alone').to.equal(null);
    const young = { ...a, loaded_ms: 98_000 };
    expect(propose([young, b], demand(), PARAMETERS)).to.include({ kind: 'unload', id: 'b' });
    // What has gone stays away: it is known now what it takes.
    expect(propose([{ ...a, loaded: false }, b], demand(), PARAMETERS)).to.equal(null);
  });

  it('counts GPU memory where there is a budget for it', () => {
    const wanted = model('new', { gpu_mb: 80 });
    const cpu = loaded('cpu', { used: false, memory_mb: 90 });
    const gpu = loaded('gpu', { used: false, gpu_mb: 50, memory_mb: 100 });
    const room = (gpu_mb_max: number) =>
      roomFor(wanted, [wanted, cpu, gpu], demand(), { ...PARAMETERS, gpu_mb_max });
    expect(room(0), 'not counted').to.deep.equal([]);
    expect(room(100), 'what is on the CPU need not go').to.deep.equal(['gpu']);
    expect(room(130)).to.deep.equal([]);
    expect(room(70), 'too large for it').to.equal(null);
  });

  it('never leaves more loaded than the budget allows, and never evicts what is pinned', () => {
    const mb = fc.integer({ min: 1, max: 300 });
    const one = fc.record({ memory_mb: mb, used: fc.boolean(), pinned: fc.boolean() });
    fc.assert(
      fc.property(
        fc.array(one, { maxLength: 8 }),
        mb,
        fc.constantFrom('policy' as const, 'request' as const, 'operator' as const),
        (rest, wanted_mb, by) => {
          const models = rest.map((more, index) => loaded(`m${index}`, more));
          const wanted = model('new', { memory_mb: wanted_mb });
          const evict = roomFor(wanted, models, demand(), PARAMETERS, by);
          if (evict === null) return;
          const kept = models.filter(({ id }) => !evict.includes(id));
          const after = kept.reduce((sum, { memory_mb }) => sum + memory_mb, wanted_mb);
          expect(after).to.be.at.most(PARAMETERS.ram_mb_max);
          for (const id of evict) expect(models.find((each) => each.id === id)!.pinned).to.equal(false);
        },
      ),
    );
  });

  it('changes to a smaller or larger one of the family as the task asks, and does not take turns', () => {
    const small = model('small', { family: 'f', complexity_max: 0.4, used: false });
    const large = loaded('large', { family: 'f', complexity_max: 1 });
    const at = (complexity: number): Demand =>
      demand({ complexity: new Map([['vision', { value: complexity, why: 'a test' }]]) });
    expect(propose([large, small], at(0.2), PARAMETERS)).to.include({
      kind: 'swap',
      id: 'large',
      to: 'small',
    });
    expect(propose([large, small], at(0.35), PARAMETERS), 'within the margin').to.equal(null);
    const grown = [
      loaded('small', { family: 'f', complexity_max: 0.4 }),
      model('large', { family: 'f', complexity_max: 1, used: false }),
    ];
    expect(propose(grown, at(0.45), PARAMETERS), 'within the margin').to.equal(null);
    expect(propose(grown, at(0.6), PARAMETERS)).to.include({ kind: 'swap', id: 'small', to: 'large' });
    expect(propose([large, small], demand(), PARAMETERS), 'nothing is known').to.equal(null);
    const off = { ...PARAMETERS, complexity_swap: false };
    expect(propose([large, small], at(0.2), off), 'switched off').to.equal(null);
    const young = { ...large, loaded_ms: 97_000 };
    expect(propose([young, small], at(0.2), PARAMETERS), 'just swapped in').to.equal(null);
    expect(propose([large, small], { ...at(0.2), state: 'CRISIS' }, PARAMETERS)).to.equal(null);
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (complexity) => {
        // What one says must not be undone by the other at the same complexity.
        const down = propose([large, small], at(complexity), PARAMETERS);
        const up = propose(grown, at(complexity), PARAMETERS);
        expect(down === null || up === null).to.equal(true);
      }),
    );
  });

  it('puts another of the family in the place of one that fails', () => {
    const broken = loaded('a', { family: 'f', faulty: true });
    const other = model('b', { family: 'f', used: false });
    expect(propose([broken, other], demand(), PARAMETERS)).to.include({ kind: 'swap', id: 'a', to: 'b' });
    expect(propose([broken, { ...other, faulty: true }], demand(), PARAMETERS)).to.equal(null);
    const off = { ...PARAMETERS, complexity_swap: false };
    const stand_in = loaded('b', { family: 'f', stands_in_for: 'a' });
    const home = model('a', { family: 'f', used: false });
    expect(propose([home, stand_in], demand(), off)).to.include({ kind: 'swap', id: 'b', to: 'a' });
    expect(propose([{ ...home, faulty: true }, stand_in], demand(), off), 'not yet').to.equal(null);
    expect(propose([home, { ...stand_in, stands_in_for: null }], demand(), off), 'chosen').to.equal(null);
  });

  it('values between 0 and 1, more for a goal, salience and use', () => {
    const value = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(value, fc.boolean(), fc.constantFrom('WAKE', 'REST', 'CRISIS'), (salient, goal, state) => {
        const now = demand({ state: state as 'WAKE', goal, salience: new Map([['camera', salient]]) });
        const worth = worthOf(loaded('a'), now);
        expect(worth).to.be.within(0, 1);
        expect(worth).to.be.at.least(worthOf(loaded('a', { used: false }), now));
        expect(worthOf(loaded('a'), { ...now, goal: true })).to.be.at.least(worth);
      }),
    );
  });
});
