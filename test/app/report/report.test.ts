import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { runReport } from '../../../src/app/commands/report.js';
import type { ReplayRequest } from '../../../src/app/replay/material.js';
import { replayOffline } from '../../../src/app/replay/session.js';
import { gatherReport } from '../../../src/app/report/gather.js';
import { reportPage } from '../../../src/app/report/page.js';
import { Thinned } from '../../../src/app/report/thinned.js';
import { packageRoot } from '../../../src/app/root.js';
import { SageError } from '../../../src/contracts/errors.js';
import { texts, writeMcap } from '../../replay/bags.js';
import { Logs } from '../../replay/compare/logs.js';
import { skip } from '../../skip.js';
import { PLAIN } from '../replay/simulated.js';

const BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

const BAG = join(packageRoot, 'test', 'fixtures', 'bags', 'tabletop.mcap');
const REQUEST: ReplayRequest = { ...PLAIN, bag: BAG, duration_s: 3 };

/** What a reader does without a mouse, and what comes of it. */
const USED = `
  const press = (key, on = document.body) => on.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
  const bars = () => document.querySelectorAll('.bar').length;
  const used = { errors: [], all: bars() };
  window.onerror = (text) => used.errors.push(text);
  used.lanes = [...document.querySelectorAll('svg > text')].map((text) => text.textContent);
  for (let times = 0; times < 3; times++) press('+');
  press('ArrowLeft');
  used.zoomed = bars();
  press('Escape');
  used.back = bars();
  press('ArrowRight', [...document.querySelectorAll('svg[tabindex]')].at(-1));
  used.picked = document.querySelectorAll('.bar.picked').length;
  used.told = [...document.querySelectorAll('.told')].at(-1).textContent;
  press('Enter', document.querySelector('article'));
  used.marked = document.querySelectorAll('.card.at').length;
  used.overflows = document.documentElement.scrollWidth > window.innerWidth;
  document.body.dataset.used = JSON.stringify(used);
`;

describe('columns over time with a bound', () => {
  it('keep the peaks, the last value and their number of rows, whatever the length', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 300 }),
        (values) => {
          const thinned = new Thinned(16);
          values.forEach((value, index) => {
            thinned.add(index, { peak: value, last: index }, (name) => (name === 'peak' ? 'max' : 'last'));
          });
          const { peak, last } = thinned.table;
          expect(thinned.time_s.length).to.be.at.most(16);
          expect(Math.max(...(peak as number[]))).to.be.closeTo(Math.max(...values), 1e-4);
          expect(last?.at(-1)).to.equal(values.length - 1);
          expect(peak).to.have.length(thinned.time_s.length);
          expect([...thinned.time_s].sort((a, b) => a - b)).to.deep.equal(thinned.time_s);
        },
      ),
    );
  });

  it('leave a column empty before it comes up', () => {
    const thinned = new Thinned(16);
    thinned.add(0, { a: 1 }, () => 'last');
    thinned.add(1, { a: 2, b: Number.NaN }, () => 'last');
    thinned.add(2, { b: 3 }, () => 'last');
    expect(thinned.table).to.deep.equal({ a: [1, 2, null], b: [null, null, 3] });
  });
});

describe('the report of a run', function () {
  this.timeout(240_000);
  const logs = new Logs();
  const folder = mkdtempSync(join(tmpdir(), 'sage-report-'));
  after(() => {
    logs.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  it('stays small for a long run', async () => {
    const data = await gatherReport(logs.write(9000), false);
    expect(data.time_s.length).to.be.within(2000, 4000);
    expect(data.duration_s).to.be.closeTo(449.95, 1e-6);
    expect(data.columns.energy?.at(-1)).to.equal(100 - 9000);
    expect(data.sources).to.deep.equal(['camera']);
  });

  it('has the steps of goals and the faults with when they stood', async () => {
    const goal = { text: 'go home', step: 'home', progress: 0 };
    const fault = { code: 'SAGE_205', where: 'camera', text: 'source stale: 512.123456 ms old' };
    const log = logs.write(8, {
      2: { cycle: { goal } },
      3: { cycle: { goal, faults: [fault] } },
      4: {
        cycle: {
          goal: { ...goal, step: 'verify' },
          faults: [{ ...fault, text: 'source stale: 600 ms old' }],
        },
      },
      7: { cycle: { faults: [fault] } },
    });
    const { steps, faults } = await gatherReport(log, false);
    expect(steps.map(({ label, from, to }) => [label, from, to])).to.deep.equal([
      ['home', 0.05, 0.15],
      ['verify', 0.15, 0.2],
    ]);
    expect(faults.map(({ title, from, to }) => [title, from, to])).to.deep.equal([
      ['SAGE_205 camera: source stale: 512 ms old', 0.1, 0.2],
      ['SAGE_205 camera: source stale: 512 ms old', 0.3, 0.35],
    ]);
  });

  it('has what somebody changed or asked for, and how long a stop was pressed', async () => {
    const said = (type: string, value: object) => ({ inputs: [{ source: type, type, value }] });
    const log = logs.write(10, {
      2: { lifecycle: 'inactive' },
      3: said('emergency_stop', { pressed: true }),
      6: said('emergency_stop', { pressed: false }),
      8: said('operator', { request: 'state', argument: 'REST' }),
    });
    const { changes } = await gatherReport(log, false);
    expect(changes.map(({ from, to, title }) => [from, to, title])).to.deep.equal([
      [0.05, 0.05, '0.05 s: the node became inactive'],
      [0.1, 0.25, 'emergency stop pressed'],
      [0.35, 0.35, '0.35 s: the operator asked: state REST'],
    ]);
  });

  it('shows a part of a run that is too long for one page, in the time of the run', async () => {
    const log = logs.write(9000, { 4100: { cycle: { state: 'CRISIS', state_reason: 'surprise' } } });
    const data = await gatherReport(log, false, { start_s: 200, end_s: 210 });
    expect([data.from_s, data.duration_s, data.time_s.length]).to.deep.equal([200, 210, 201]);
    expect(data.states.map(({ state }) => state)).to.deep.equal(['WAKE', 'CRISIS', 'WAKE']);
    expect(Object.fromEntries(data.facts)).to.include({ length: '10.0 s, 201 cycles' });
    const thrown = await gatherReport(log, false, { start_s: 500, end_s: 510 }).catch(
      (error: unknown) => error,
    );
    expect(thrown).to.be.instanceOf(SageError);
    expect((thrown as SageError).message)
      .to.include('--start 500')
      .and.to.include('449.9 s long');
  });

  it('names the states with their spans, and the parameters that are not usual', async () => {
    const log = logs.write(
      10,
      { 4: { cycle: { state: 'CRISIS', state_reason: 'surprise' } } },
      { parameters: { metabolism: { crisis_surprise: 0.55 } } },
    );
    const data = await gatherReport(log, false);
    expect(data.states.map(({ state, from, to }) => [state, from, to])).to.deep.equal([
      ['WAKE', 0, 0.15],
      ['CRISIS', 0.15, 0.2],
      ['WAKE', 0.2, 0.45],
    ]);
    expect(data.settings).to.deep.equal([
      { path: 'metabolism.crisis_surprise', value: '0.55', usual: '0.8' },
    ]);
  });

  it('holds nothing that could leave its place in the page, and asks the network for nothing', async () => {
    const data = await gatherReport(logs.write(3), false);
    const page = reportPage({
      ...data,
      title: '</title><script>alert(1)</script>',
      notes: ['</script><b>\u2028'],
    });
    expect(page).to.not.include('alert(1)</script><');
    expect(page.split('<script').length - 1).to.equal(3);
    expect(page).to.not.match(/(src|href)="?https?:/);
  });

  it('finds the pictures of a log that does not say which topics it heard', async () => {
    const log = join(folder, 'heard.jsonl');
    await replayOffline({ ...REQUEST, log, duration_s: 1.5 });
    const [head, ...lines] = readFileSync(log, 'utf8').split('\n');
    const live = { ...(JSON.parse(head!) as object), source: 'live', bag: null, topics: [] };
    writeFileSync(log, [JSON.stringify(live), ...lines].join('\n'));
    expect(await runReport(log, { bag: BAG, json: true })).to.equal(0);
    expect(readFileSync(join(folder, 'heard.html'), 'utf8')).to.include('data:image/jpeg;base64,');
  });

  it('is made without images if an auto-detected bag is unusable', async () => {
    const name = 'not-the-one.mcap';
    const log = logs.write(3, {}, { bag: { name, storage: 'mcap', messages: 1, start_ms: 0, end_ms: 1 } });
    writeFileSync(join(dirname(log), name), 'no bag at all');
    expect(await runReport(log, { out: join(folder, 'bare.html'), json: true })).to.equal(0);
    const thrown = await runReport(log, { bag: join(dirname(log), name) }).catch((error: unknown) => error);
    expect(thrown).to.be.instanceOf(SageError);
  });

  it('is made without pictures of a bag that has no camera, where the run saw nothing', async () => {
    const bag = join(folder, 'blind.mcap');
    await writeMcap(bag, texts(3));
    const out = join(folder, 'blind.html');
    expect(await runReport(logs.write(3), { bag, out, json: true })).to.equal(0);
    expect(readFileSync(out, 'utf8')).to.include('<!doctype html>');
  });

  it('draws the run of a bag in a browser, with the pictures that decisions rest on', async function () {
    const browser = BROWSERS.find(existsSync);
    if (browser === undefined) skip(this, 'there is no Chromium (Debian: apt install chromium)');
    const log = join(folder, 'run.jsonl');
    await replayOffline({ ...REQUEST, log });
    expect(await runReport(log, { bag: BAG, json: true })).to.equal(0);
    const page = join(folder, 'run.html');
    expect(readFileSync(page, 'utf8')).to.include('data:image/jpeg;base64,');
    const flags = [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
    ];
    writeFileSync(page, readFileSync(page, 'utf8').replace('</body>', `<script>${USED}</script></body>`));
    const profile = `--user-data-dir=${join(folder, 'profile')}`;
    const dom = execFileSync(browser, [...flags, profile, '--dump-dom', `file://${page}`], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 90_000,
      maxBuffer: 1 << 26,
    });
    const told = /data-used="([^"]*)"/.exec(dom)?.[1] ?? '';
    const used = JSON.parse(told.replaceAll('&quot;', '"')) as Record<string, unknown>;
    expect(used.errors).to.deep.equal([]);
    expect(used.lanes).to.include.members(['state', 'goal', 'decided', 'vision']);
    expect(used.zoomed).to.be.lessThan(Number(used.all));
    expect(used.back).to.equal(used.all);
    expect(used.told).to.match(/#\d+, [\d.]+ to [\d.]+ s: \d+ steps, ended by /);
    expect(used).to.include({ picked: 1, marked: 1, overflows: false });
    expect(Number(/data-drawn="(\d+)"/.exec(dom)?.[1])).to.be.at.least(6);
    expect(dom.split('<canvas').length - 1).to.be.at.least(6);
    expect(dom.split('<article').length - 1).to.be.at.least(5);
    expect(dom).to.include('class="bar"');
  });
});
