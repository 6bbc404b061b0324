import { expect } from 'chai';
import { healthOf } from '../../../src/app/node/health.js';
import { HostWatch } from '../../../src/app/node/host-watch.js';
import { RecentFaults } from '../../../src/app/node/recent-faults.js';
import { Tally } from '../../../src/app/node/tally.js';
import type { Effects } from '../../../src/contracts/effects.js';
import { type Fault, fault } from '../../../src/contracts/errors.js';
import type { ModelHostHealth, ModelStanding } from '../../../src/models/index.js';

const unclear = fault('SAGE_401', 'sage/goal', '"sing"');
const altered = fault('SAGE_502', 'models/a.onnx', 'sha256 0');
const died = fault('SAGE_504', 'model host', 'SIGKILL');

const host = (changed: Partial<ModelHostHealth> = {}): ModelHostHealth => ({
  state: 'ready',
  pid: 17,
  runtime: '',
  provider: 'cpu',
  providers: ['cpu'],
  restarts: 0,
  queued: 0,
  slots: 0,
  fault: changed.faults?.[0] ?? null,
  faults: [],
  last_loss: null,
  models: [],
  ...changed,
});

const BUDGET = { ram_mb_max: 100, ram_mb: 40, gpu_mb_max: 0, gpu_mb: 0 };

describe('app/recent-faults', () => {
  it('shows a fault of one cycle for five seconds, and only after it has cleared', () => {
    const recent = new RecentFaults();
    recent.add([unclear], 1000);
    expect(recent.over([])).to.deep.equal([unclear]);
    expect(recent.over([fault('SAGE_401', 'sage/goal', '"another"')])).to.deep.equal([]);
    recent.add([], 6000);
    expect(recent.over([])).to.deep.equal([unclear]);
    recent.add([], 6001);
    expect(recent.over([])).to.deep.equal([]);
  });

  it('keeps a bounded number, the newest', () => {
    const recent = new RecentFaults();
    for (let at = 0; at < 1000; at++) recent.add([fault('SAGE_205', `source ${at}`, '')], 1);
    const kept = recent.over([]);
    expect(kept.length).to.be.at.most(64);
    expect(kept.at(-1)?.where).to.equal('source 999');
  });
});

describe('app/host-watch', () => {
  function watched() {
    const standing = new Map<string, Fault>();
    let health = host();
    const watch = new HostWatch({ health: () => health }, (source, found) =>
      found === null ? standing.delete(source) : standing.set(source, found),
    );
    return (now: Partial<ModelHostHealth>): string[] => {
      health = host(now);
      watch.look();
      return [...standing.values()].map(({ code }) => code);
    };
  }

  it('passes on what is wrong with models, and takes back what is mended', () => {
    const look = watched();
    expect(look({ faults: [altered] })).to.deep.equal(['SAGE_502']);
    expect(look({ faults: [altered, fault('SAGE_501', 'models/b.onnx', '')] })).to.have.length(2);
    expect(look({})).to.deep.equal([]);
  });

  it('counts a host that was lost as lost until it is ready again', () => {
    const look = watched();
    expect(look({ state: 'waiting', faults: [died], last_loss: died })).to.deep.equal(['SAGE_504']);
    expect(look({ state: 'starting', last_loss: died })).to.deep.equal(['SAGE_504']);
    expect(look({ state: 'ready', last_loss: died })).to.deep.equal([]);
  });
});

describe('app/health', () => {
  const effects = {
    report: { h_energy: null, coherence: null, memory: { remembered: 3 } },
    metabolic: { state: 'WAKE', reason: 'start', energy: 80 },
  } as unknown as Effects;
  let models: readonly ModelStanding[] = [];
  const rows = (changed: Partial<ModelHostHealth>, standing: Fault[] = [], over: Fault[] = []) =>
    healthOf({
      effects,
      host: { health: () => host(changed), list: () => models, history: () => [], budget: () => BUDGET },
      totals: new Tally().totals({ received: 0, lost: 0 }),
      scheduling: 'real-time, priority 1',
      standing,
      over,
    });
  const hostRow = (changed: Partial<ModelHostHealth>) =>
    rows(changed).find(({ name }) => name === 'model host');

  it('calls a host that is up but has a bad model an error, and names the file', () => {
    expect(hostRow({})).to.deep.include({ level: 'ok', message: 'ready' });
    const bad = hostRow({ faults: [altered] });
    expect(bad?.level).to.equal('error');
    expect(bad?.message).to.include('SAGE_502').and.to.include('models/a.onnx');
    expect(hostRow({ state: 'starting' })?.level).to.equal('warn');
  });

  it('reports how the cycle is scheduled', () => {
    const cycle = rows({}).find(({ name }) => name === 'cycle');
    expect(cycle?.values.scheduling).to.equal('real-time, priority 1');
  });

  it('has a row for each model that is loaded or should be, with why', () => {
    const model = {
      id: 'a',
      state: 'ready',
      reason: 'a goal waits',
      note: '',
      used: true,
      run_p50_ms: 2,
    } as ModelStanding;
    models = [
      model,
      { ...model, id: 'b', state: 'unloaded', used: false },
      { ...model, id: 'c', state: 'failed', note: 'cuda: no device' },
    ];
    const found = rows({}).filter(({ name }) => name.startsWith('model '));
    expect(found.map(({ name, level }) => [name, level])).to.deep.equal([
      ['model host', 'ok'],
      ['model a', 'ok'],
      ['model c', 'error'],
    ]);
    expect(found[1]?.message).to.equal('ready: a goal waits');
    expect(found[2]?.message).to.equal('failed: a goal waits; cuda: no device');
    expect(rows({}).find(({ name }) => name === 'models')?.values).to.include({
      ram_mb: 40,
      ram_mb_max: 100,
    });
    models = [];
  });

  it('has a row for each active fault, and for each that has just cleared', () => {
    const found = rows({}, [altered], [unclear]).filter(({ values }) => values.code !== undefined);
    expect(found.map(({ name, level }) => [name, level])).to.deep.equal([
      ['models/a.onnx', 'error'],
      ['sage/goal', 'warn'],
    ]);
  });
});
