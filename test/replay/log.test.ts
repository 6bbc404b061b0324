import { readFileSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import fc from 'fast-check';
import type { Effects } from '../../src/contracts/effects.js';
import { SageError } from '../../src/contracts/errors.js';
import type { JobReport } from '../../src/contracts/irp.js';
import type { LogHeader } from '../../src/contracts/log.js';
import type { AnyReading } from '../../src/contracts/observation.js';
import type { CycleInputs } from '../../src/kernel/cycle.js';
import { LineFile } from '../../src/replay/line-file.js';
import { drainedOf, JobReader } from '../../src/replay/log-inputs.js';
import { type LogEntry, openLog } from '../../src/replay/log-reader.js';
import { decodeValue, encodeValue } from '../../src/replay/log-value.js';
import { lookOf } from '../../src/replay/mistaken.js';
import { RunRecorder } from '../../src/replay/run-recorder.js';
import { temporaryFolder } from './bags.js';

const HEADER: LogHeader = {
  kind: 'header',
  format: 'sage-log',
  version: 1,
  sage: '0.0.0',
  source: 'live',
  costs: 'measured',
  inputs: 'values',
  seed: 7,
  config_hash: '',
  parameters: {},
  models: [],
  plugins: ['vision'],
  bag: null,
  topics: [],
};

const JOINTS: AnyReading = {
  kind: 'joints',
  source: 'joints',
  stamp_ms: 1.25,
  received_ms: 2,
  names: ['a'],
  position: [-0],
  velocity: [Number.NaN],
};
const CAMERA: AnyReading = {
  kind: 'camera',
  source: 'camera',
  stamp_ms: 3,
  received_ms: 4,
  frame: { width: 1, height: 1, step: 3, encoding: 'rgb8', data: new Uint8Array(3), frame_id: 'c' },
  embedding: Float32Array.from([0.1, 0.2, 0.3]),
  grid: { rows: 1, columns: 1, channels: 3 },
};

function report(steps: number, best: unknown, status: JobReport['status'] = 'running'): JobReport {
  return {
    job_id: 'vision#1',
    plugin: 'vision',
    status,
    steps,
    energies: [1, 0.5],
    best_energy: 0.5,
    best_step: 1,
    best,
    feasibility: null,
    spent_matp: 10,
    cpu_ms: 1,
    time_ms: 2,
    halt_reason: null,
    halt_detail: '',
    fault: null,
  };
}

function inputs(now_ms: number, readings: readonly AnyReading[], reports: readonly JobReport[]): CycleInputs {
  return {
    now_ms,
    reports,
    observations: { readings, faults: new Map(), dropped: new Map([['joints', 2]]) },
  };
}

function effects(cycle: number): Effects {
  return {
    actions: [{ kind: 'gripper', values: [0.01], purpose: 'open' }],
    jobs: [],
    metabolic: { state: 'WAKE', reason: 'start', energy: 99 } as Effects['metabolic'],
    salience: [],
    telemetry: [],
    goal_events: [],
    decision: null,
    report: {
      cycle,
      energy: 99,
      ledger: { total_matp: 0, allocated_matp: 0, reserve_matp: 0, spent_matp: 0 },
      h_energy: 0,
      coherence: 1,
      goal: null,
      faults: [],
    } as unknown as Effects['report'],
  };
}

async function entriesOf(path: string, best_effort = false): Promise<LogEntry[]> {
  const log = await openLog(path, { best_effort });
  const entries: LogEntry[] = [];
  for await (const entry of log.entries()) entries.push(entry);
  return entries;
}

async function thrownFrom(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => expect.fail('it was read'),
    (thrown: Error) => thrown.message,
  );
}

describe('values in a log', () => {
  it('read back exactly, whatever they are', () => {
    const number = fc.oneof(fc.double(), fc.constantFrom(-0, Number.NaN, Number.POSITIVE_INFINITY));
    const leaf = fc.oneof(number, fc.string(), fc.boolean(), fc.constant(null), fc.bigInt());
    const typed = fc.oneof(
      fc.float32Array().map((list) => Float32Array.from(list)),
      fc.float64Array().map((list) => Float64Array.from(list)),
      fc.uint8Array().map((list) => Uint8Array.from(list)),
    );
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        leaf,
        typed,
        fc.array(tie('value')),
        fc.dictionary(fc.stringMatching(/^[a-z_]{1,8}$/), tie('value')).map((entries) => ({ ...entries })),
      ),
    }));
    fc.assert(
      fc.property(value, (original) => {
        const written = JSON.stringify(encodeValue(original, 'test'));
        expect(decodeValue(JSON.parse(written))).to.deep.equal(original);
      }),
    );
  });

  it('cannot be functions', () => {
    expect(() => encodeValue({ call: () => 1 }, 'answer of toy')).to.throw(SageError, 'SAGE_1023');
  });
});

describe('the log of a run', () => {
  const folder = temporaryFolder();
  const path = folder.path('run.jsonl');
  after(() => folder.remove());

  before(() => {
    const file = new LineFile(path);
    const recorder = new RunRecorder(file, HEADER);
    recorder.cycle(inputs(10, [JOINTS, CAMERA], [report(1, { seen: [1] })]), effects(1), { vision: 1 });
    recorder.change({ kind: 'parameter', path: 'hrm.atp_per_s', value: 5 });
    recorder.cycle(inputs(60, [], [report(2, { seen: [1] })]), effects(2), { vision: 1.5 });
    recorder.cycle(inputs(110, [], [report(3, { seen: [2] }, 'halted')]), effects(3), { vision: 2 });
    recorder.end();
    file.close();
  });

  it('gives back what went into each cycle', async () => {
    const [first, second] = await entriesOf(path);
    const drained = await drainedOf(first!, async (_, described) => ({
      ...described,
      data: new Uint8Array(3),
    }));
    expect(drained.readings).to.deep.equal([JOINTS, CAMERA]);
    expect(Object.is((drained.readings[0] as unknown as { position: number[] }).position[0], -0)).to.equal(
      true,
    );
    expect(drained.dropped.get('joints')).to.equal(2);
    expect(second?.cycle.now_ms).to.equal(60);
    expect(second?.changes).to.deep.equal([{ kind: 'parameter', cycle: 2, path: 'hrm.atp_per_s', value: 5 }]);
  });

  it('writes an answer once, and gives it back each time', async () => {
    const entries = await entriesOf(path);
    expect(entries.map(({ jobs }) => jobs[0]?.best_kept)).to.deep.equal([false, true, true]);
    const reader = new JobReader();
    const reports = entries.map(({ jobs }) => reader.reportOf(jobs[0]!));
    expect(reports[1]).to.deep.equal(report(2, { seen: [1] }));
    expect(reports[2]?.status).to.equal('halted');
  });

  it('counts what it holds on its last line', async () => {
    const log = await openLog(path);
    for await (const _ of log.entries());
    expect(log.end).to.deep.include({ cycles: 3, inputs: 2, jobs: 3, actions: 3, duration_ms: 100 });
  });

  it('is refused when it is of another version, or none', async () => {
    const [head = '', ...rest] = readFileSync(path, 'utf8').split('\n');
    const other = folder.path('other.jsonl');
    writeFileSync(other, [head.replace('"version":1', '"version":3'), ...rest].join('\n'));
    await failsWith(other, 'SAGE_1021', /version 3; supported: 1 and 2/);
    writeFileSync(other, '{"hello": 1}\n');
    await failsWith(other, 'SAGE_1021', /header/);
    writeFileSync(other, '');
    await failsWith(other, 'SAGE_1021', /empty/);
    writeFileSync(other, JSON.stringify(HEADER).slice(0, 80));
    await failsWith(other, 'SAGE_1022', /cut off in its first line/);
  });

  it('is read as editors and packers leave it: carriage returns, blank lines, a byte order mark, gzip', async () => {
    const whole = readFileSync(path, 'utf8');
    const entries = await entriesOf(path);
    const kept: readonly (readonly [string, string | Buffer])[] = [
      ['crlf', whole.replaceAll('\n', '\r\n')],
      ['blank', whole.replaceAll('\n', '\n\n')],
      ['mark', `\ufeff${whole}`],
      ['packed.jsonl.gz', gzipSync(whole)],
    ];
    for (const [name, content] of kept) {
      writeFileSync(folder.path(name), content);
      expect(await entriesOf(folder.path(name)), name).to.deep.equal(entries);
      expect(lookOf(folder.path(name)), name).to.equal('log');
    }
  });

  it('counts blank lines in line numbers, and treats truncated compressed data as a truncated log', async () => {
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    const file = folder.path('bad');
    writeFileSync(file, [lines[0], '', '', 'no JSON', ...lines.slice(1)].join('\n'));
    expect(await thrownFrom(entriesOf(file))).to.include('bad:4: the line is cut off or not JSON');
    const packed = gzipSync(`${lines.join('\n')}\n`);
    writeFileSync(file, packed.subarray(0, packed.length - 30));
    expect(await thrownFrom(entriesOf(file))).to.include('SAGE_1022');
  });

  it('is refused where its cycles are not in order, as two that were joined or lines that were sorted', async () => {
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    const cycles = lines.filter((line) => line.startsWith('{"kind":"cycle"'));
    const end = lines.at(-1)!;
    const joined = (parts: readonly string[]): Promise<string> => {
      const file = folder.path('joined');
      writeFileSync(file, `${[lines[0], ...parts].join('\n')}\n`);
      return thrownFrom(entriesOf(file));
    };
    expect(await joined([...cycles, ...cycles, end])).to.include('cycle 1 follows: it comes too late');
    expect(await joined([...cycles.toReversed(), end])).to.include('those in between were not recorded');
    expect(await joined([...cycles, end, ...cycles])).to.include('cycle 1 follows behind the end');
    expect(await entriesOf(folder.path('joined'), true)).to.have.length(2 * cycles.length);
  });

  it('says where it is damaged and up to where it could be read, and continues past it with best effort', async () => {
    const lines = readFileSync(path, 'utf8').split('\n');
    const bad = folder.path('bad.jsonl');
    const at = lines.findIndex((line) => line.includes('"kind":"cycle","cycle":2'));
    writeFileSync(bad, lines.map((line, index) => (index === at ? line.slice(0, 40) : line)).join('\n'));
    await failsWith(bad, 'SAGE_1022', new RegExp(`${at + 1}: the line is cut off.*up to cycle 1`));
    expect((await entriesOf(bad, true)).map(({ cycle }) => cycle.cycle)).to.deep.equal([1, 3]);
    writeFileSync(bad, lines.slice(0, at).join('\n'));
    await failsWith(bad, 'SAGE_1022', /without its last line/);
  });
});

async function failsWith(path: string, code: string, text: RegExp): Promise<void> {
  try {
    await entriesOf(path);
  } catch (thrown) {
    expect(thrown).to.be.instanceOf(SageError);
    expect((thrown as SageError).code).to.equal(code);
    expect((thrown as SageError).message).to.match(text);
    return;
  }
  throw new Error(`${path} was read`);
}
