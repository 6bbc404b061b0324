import type { Effects } from '../contracts/effects.js';
import type { Fault } from '../contracts/errors.js';
import type { JobCommand, JobReport } from '../contracts/irp.js';
import type {
  LogCommand,
  LogCycle,
  LogEnd,
  LogHeader,
  LogInput,
  LogJob,
  LogRecord,
} from '../contracts/log.js';
import type { Action } from '../contracts/motion.js';
import type { AnyReading, CameraReading, JointsReading } from '../contracts/observation.js';
import type { RunChange } from '../contracts/run-input.js';
import type { CycleInputs } from '../kernel/cycle.js';
import type { LineSink } from './line-file.js';
import { encodeValue } from './log-value.js';

/** Jobs whose last answer is remembered, so that an unchanged one is not written again; more than run at once. */
const JOBS_MAX = 256;

/** Where the fingerprint of an input begins, and what mixes it. */
const SEED_HIGH = 0xdeadbeef | 0;
const SEED_LOW = 0x41c6ce57;
const MIX_HIGH = 2654435761;
const MIX_LOW = 1597334677;

/**
 * Writes the log of a run (src/contracts/log.ts) from what goes into the kernel and what comes out of it. It changes
 * neither. @throws SageError SAGE_1023 from every call where the log cannot be written.
 */
export class RunRecorder {
  private readonly counts = { cycles: 0, inputs: 0, jobs: 0, decisions: 0, actions: 0, notes: 0 };
  /** The step and energy of each live job's answer as it was written last. */
  private readonly answered = new Map<string, string>();
  private first_ms: number | null = null;
  private last_ms = 0;
  /** By how much the clock went back, over all. */
  private back_ms = 0;
  private cycle_count = 0;
  private readonly numbers = new JointNumbers();

  constructor(
    private readonly out: LineSink,
    private readonly header: LogHeader,
  ) {
    this.write(header);
  }

  /** A live parameter, a model or the lifecycle changed since the cycle before. */
  change(change: RunChange): void {
    const cycle = this.cycle_count + 1;
    const { kind, ...rest } = change;
    if (change.kind !== 'parameter') this.write({ kind, cycle, ...rest } as LogRecord);
    else {
      const { path, value } = change;
      this.write({ kind: 'parameter', cycle, path, value: encodeValue(value, path) });
    }
  }

  /** One cycle: what went into it and what came out; `trust` as it stands after it. */
  cycle(inputs: CycleInputs, effects: Effects, trust: Readonly<Record<string, number>>): void {
    const { cycle } = effects.report;
    this.cycle_count = cycle;
    if (this.first_ms === null) this.first_ms = inputs.now_ms;
    else this.back_ms += Math.max(0, this.last_ms - inputs.now_ms);
    this.last_ms = inputs.now_ms;
    for (const reading of inputs.observations.readings) this.write(this.input(cycle, reading));
    for (const report of inputs.reports) this.write(this.job(cycle, report));
    this.write(cycleRecord(inputs, effects, trust));
    this.counts.cycles += 1;
    const { decision } = effects;
    if (decision !== null) this.write({ kind: 'decision', cycle, decision });
    for (const event of effects.goal_events) this.write({ kind: 'goal', cycle, ...event });
    for (const action of effects.actions) this.write(actionRecord(cycle, action));
    this.counts.inputs += inputs.observations.readings.length;
    this.counts.jobs += inputs.reports.length;
    this.counts.decisions += decision === null ? 0 : 1;
    this.counts.actions += effects.actions.length;
  }

  /** Something about the run itself. */
  note({ code, where, text }: Fault): void {
    this.counts.notes += 1;
    this.write({ kind: 'note', cycle: this.cycle_count, code, where, text });
  }

  /** The last line. */
  end(): LogEnd {
    const duration_ms = this.first_ms === null ? 0 : this.last_ms - this.first_ms + this.back_ms;
    const end: LogEnd = { kind: 'end', ...this.counts, duration_ms };
    this.write(end);
    return end;
  }

  private input(cycle: number, reading: AnyReading): LogInput {
    const { kind: type, source, stamp_ms, received_ms } = reading;
    const digest = this.digestOf(reading);
    const input: LogInput = { kind: 'input', cycle, source, type, stamp_ms, received_ms, digest };
    if (this.header.inputs === 'references') return input;
    return { ...input, value: encodeValue(seenOf(reading), source) };
  }

  private digestOf(reading: AnyReading): string {
    if (reading.kind === 'joints') return digestOfBytes(this.numbers.of(reading));
    if (reading.kind === 'camera' || reading.kind === 'sound')
      return digestOfBytes(bytesOf(reading.embedding));
    return digestOfText(JSON.stringify(contentOf(reading)));
  }

  private job(cycle: number, report: JobReport): LogJob {
    const { job_id, plugin, best, energies, fault, extra, status, ...rest } = report;
    const state = `${report.best_step} ${report.best_energy}`;
    const kept = best !== undefined && this.answered.get(job_id) === state;
    this.answered.delete(job_id);
    if (best !== undefined && (status === 'running' || status === 'starved'))
      this.answered.set(job_id, state);
    const [oldest] = this.answered.keys();
    if (this.answered.size > JOBS_MAX && oldest !== undefined) this.answered.delete(oldest);
    return {
      kind: 'job',
      cycle,
      job_id,
      plugin,
      status,
      energies: [...energies],
      ...rest,
      fault,
      ...(extra === undefined ? {} : { extra: { ...extra } }),
      ...(best === undefined || kept ? {} : { best: encodeValue(best, `answer of ${plugin}`) }),
      best_kept: kept,
    };
  }

  private write(record: LogRecord): void {
    this.out.line(JSON.stringify(record));
  }
}

function cycleRecord(
  inputs: CycleInputs,
  effects: Effects,
  trust: Readonly<Record<string, number>>,
): LogCycle {
  const { report, metabolic } = effects;
  const { total_matp, allocated_matp, reserve_matp, spent_matp, expired_matp } = report.ledger;
  return {
    kind: 'cycle',
    cycle: report.cycle,
    now_ms: inputs.now_ms,
    source_faults: recordOf(inputs.observations.faults),
    dropped: recordOf(inputs.observations.dropped),
    state: metabolic.state,
    state_reason: metabolic.reason,
    energy: metabolic.energy,
    salience: effects.salience.map(
      ({ source, surprise, novelty, arousal, reward, conflict, combined, age_ms, stale }) => ({
        source,
        surprise,
        novelty,
        arousal,
        reward,
        conflict,
        combined,
        age_ms: Number.isFinite(age_ms) ? age_ms : null,
        stale,
      }),
    ),
    ledger: {
      total_matp,
      allocated_matp,
      reserve_matp,
      spent_matp,
      ...(expired_matp === undefined ? {} : { expired_matp }),
    },
    h_energy: report.h_energy,
    coherence: report.coherence,
    trust,
    goal: report.goal,
    commands: effects.jobs.map(commandRecord),
    faults: [...report.faults],
  };
}

const NONE = {};

function recordOf<T>(map: ReadonlyMap<string, T>): Readonly<Record<string, T>> {
  return map.size === 0 ? NONE : Object.fromEntries(map);
}

/** A command without its task. */
export function commandRecord(command: JobCommand): LogCommand {
  if (command.kind !== 'start') return { ...command };
  const { kind, job_id, plugin, grant_matp, max_steps, seed } = command;
  return { kind, job_id, plugin, grant_matp, max_steps, seed };
}

function actionRecord(cycle: number, action: Action): LogRecord {
  const { kind, purpose } = action;
  const value = kind === 'gripper' ? action.values : action.trajectory;
  return { kind: 'action', cycle, action: kind, purpose, value: encodeValue(value, kind) };
}

/** What a reading said, without what every reading has. */
function contentOf(reading: AnyReading): object {
  const { kind: _kind, source: _source, stamp_ms: _stamp, received_ms: _received, ...content } = reading;
  return content;
}

/** What the kernel itself sees of a reading: no pixels and no samples. */
function seenOf(reading: AnyReading): object {
  if (reading.kind === 'camera') return cameraOf(reading);
  if (reading.kind !== 'sound') return contentOf(reading);
  const { sample_rate_hz, embedding } = reading;
  return { sample_rate_hz, embedding };
}

/** A camera reading without its pixels. */
function cameraOf({ frame, embedding, grid }: CameraReading): object {
  // Named one by one: pixels may have to be fetched, and nobody is to.
  const { width, height, step, encoding, frame_id } = frame;
  return { frame: { width, height, step, encoding, frame_id }, embedding, grid };
}

/** Numbers of joints as they lie in memory, in memory of before: joints come often. */
class JointNumbers {
  private values = new Float64Array(64);
  private bytes = new Uint8Array(this.values.buffer);
  private seen = this.bytes;

  of({ position, velocity }: JointsReading): Uint8Array {
    const count = position.length + velocity.length;
    if (count > this.values.length) {
      this.values = new Float64Array(count);
      this.bytes = new Uint8Array(this.values.buffer);
      this.seen = this.bytes;
    }
    this.values.set(position);
    this.values.set(velocity, position.length);
    const length = count * Float64Array.BYTES_PER_ELEMENT;
    if (this.seen.length !== length) this.seen = this.bytes.subarray(0, length);
    return this.seen;
  }
}

function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/**
 * A short fingerprint: two runs of MurmurHash's mixing over 32-bit words (cyrb53, public domain). It tells inputs apart
 * that differ by chance, at a tenth of the time of a cryptographic one.
 */
function digestOfBytes(content: Uint8Array): string {
  let high = SEED_HIGH;
  let low = SEED_LOW;
  for (let at = 0; at < content.length; at++) {
    high = Math.imul(high ^ content[at]!, MIX_HIGH);
    low = Math.imul(low ^ content[at]!, MIX_LOW);
  }
  return finished(high, low);
}

/** The same over the units of a text. Apart from it, since V8 compiles a loop over either better than one over both. */
function digestOfText(content: string): string {
  let high = SEED_HIGH;
  let low = SEED_LOW;
  for (let at = 0; at < content.length; at++) {
    const unit = content.charCodeAt(at);
    high = Math.imul(high ^ unit, MIX_HIGH);
    low = Math.imul(low ^ unit, MIX_LOW);
  }
  return finished(high, low);
}

function finished(h: number, l: number): string {
  const high = Math.imul(h ^ (h >>> 16), 2246822507) ^ Math.imul(l ^ (l >>> 13), 3266489909);
  const low = Math.imul(l ^ (l >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  return hex(high >>> 16) + hex(high & 0xffff) + hex(low >>> 16) + hex(low & 0xffff);
}

/** The two digits of each byte: Number.toString(16) takes several times as long. */
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

function hex(number: number): string {
  return HEX[number >> 8]! + HEX[number & 0xff]!;
}
