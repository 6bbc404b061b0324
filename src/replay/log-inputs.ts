import { z } from 'zod';
import { type ErrorCode, type Fault, SageError } from '../contracts/errors.js';
import type { JobReport } from '../contracts/irp.js';
import type { LogInput, LogJob } from '../contracts/log.js';
import type { AnyReading, CameraFrame } from '../contracts/observation.js';
import type { Observations } from '../kernel/latest-buffers.js';
import type { LogEntry } from './log-reader.js';
import { decodeValue } from './log-value.js';

/** Jobs whose last answer is remembered; more than run at once. */
const JOBS_MAX = 256;

/** An image as the log describes it. */
export type DescribedFrame = Omit<CameraFrame, 'data'>;

/** The image of an input with its pixels, from wherever these are. */
export type FrameOf = (input: LogInput, described: DescribedFrame) => Promise<CameraFrame>;

const KINDS = [
  'camera',
  'joints',
  'battery',
  'emergency_stop',
  'goal',
  'operator',
  'robot_description',
  'camera_info',
  'camera_pose',
  'sound',
  'embedding',
] as const satisfies readonly AnyReading['kind'][];
const kindSchema = z.enum(KINDS);
const contentSchema = z.record(z.string(), z.unknown());

/**
 * What the cycle of a log took, as it took it. Images have the pixels that `frameOf` finds.
 * @throws SageError SAGE_1022 for an input that the log does not hold with its values.
 */
export async function drainedOf(entry: LogEntry, frameOf: FrameOf): Promise<Observations> {
  const readings: AnyReading[] = [];
  for (const input of entry.inputs) readings.push(await readingOf(input, frameOf));
  return {
    readings,
    faults: new Map(
      Object.entries(entry.cycle.source_faults).map(([source, fault]) => [source, faultOf(fault)]),
    ),
    dropped: new Map(Object.entries(entry.cycle.dropped)),
  };
}

async function readingOf(input: LogInput, frameOf: FrameOf): Promise<AnyReading> {
  const { source, stamp_ms, received_ms } = input;
  const where = `cycle ${input.cycle}, ${source}`;
  const kind = kindSchema.safeParse(input.type);
  const content = contentSchema.safeParse(decodeValue(input.value));
  if (!kind.success) throw new SageError('SAGE_1022', where, `"${input.type}" is no kind of reading`);
  if (!content.success) throw new SageError('SAGE_1022', where, 'the input stands there without its value');
  const value = content.data;
  // No model hears it again: what one made of it stands in the log.
  if (kind.data === 'sound') value.samples = new Float32Array(0);
  if (kind.data === 'camera') value.frame = await frameOf(input, value.frame as DescribedFrame);
  // Written by the recorder from such a reading; a log that somebody altered by hand is their own.
  return { kind: kind.data, source, stamp_ms, received_ms, ...value } as unknown as AnyReading;
}

function faultOf({ code, where, text }: { code: string; where: string; text: string }): Fault {
  return { code: code as ErrorCode, where, text };
}

/** Turns the jobs of a log back into reports: an answer that did not change stands there once. */
export class JobReader {
  private readonly answers = new Map<string, unknown>();

  reportOf(job: LogJob): JobReport {
    const { kind: _kind, cycle: _cycle, best: written, best_kept, fault, extra, ...rest } = job;
    const best = best_kept ? this.answers.get(job.job_id) : decodeValue(written);
    this.answers.delete(job.job_id);
    if (job.status === 'running' || job.status === 'starved') this.answers.set(job.job_id, best);
    const [oldest] = this.answers.keys();
    if (this.answers.size > JOBS_MAX && oldest !== undefined) this.answers.delete(oldest);
    return {
      ...rest,
      best,
      fault: fault === null ? null : faultOf(fault),
      ...(extra === undefined ? {} : { extra }),
      // The schema is loose so that a report may grow; what it must have is in it.
    } as unknown as JobReport;
  }
}
