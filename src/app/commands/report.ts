import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { messageOf, SageError } from '../../contracts/errors.js';
import type { LogHeader } from '../../contracts/log.js';
import { lookOf } from '../../replay/mistaken.js';
import { openRun } from '../../replay/open-run.js';
import { requireApart, requireFolderOf } from '../../replay/output-folder.js';
import { EXIT, print, printJson } from '../output.js';
import { gatherReport } from '../report/gather.js';
import { reportPage } from '../report/page.js';
import { picturesOf } from '../report/pictures.js';
import type { ReportData } from '../report/report-data.js';

export interface ReportOptions {
  /** Where the page goes; beside the log by default. */
  readonly out?: string;
  /** The bag that the run was made from, for the camera's pictures. */
  readonly bag?: string;
  /** The part of the run that is shown, s since its start. */
  readonly start?: number;
  readonly duration?: number;
  readonly bestEffort?: boolean;
  readonly json?: boolean;
}

/**
 * `sage report LOG`, or BAG: one page of HTML with the course of a run, to open in any browser.
 * @throws SageError SAGE_902, SAGE_1021, SAGE_1022 of the log, those of the bag, SAGE_1023 where it cannot be written
 */
export async function runReport(log: string, options: ReportOptions): Promise<number> {
  const out = options.out ?? log.replace(/(\.jsonl|\.mcap|\.db3|\/+)?$/, '.html');
  requireFolderOf(out);
  requireApart({ option: '--out', path: out }, [log, options.bag]);
  const { start: start_s = 0, duration = Number.POSITIVE_INFINITY } = options;
  const part = { start_s, end_s: start_s + duration };
  const gathered = await gatherReport(log, options.bestEffort === true, part);
  const header = await headerOf(log);
  const bag = options.bag ?? bagBeside(log, header);
  const { data, told } = await withPictures(gathered, header, bag, options.bag !== undefined);
  try {
    writeFileSync(out, reportPage(data));
  } catch (thrown) {
    throw new SageError('SAGE_1023', out, messageOf(thrown), { cause: thrown });
  }
  const pictures = Object.keys(data.pictures).length;
  const { decisions, jobs } = data;
  const duration_s = data.duration_s - data.from_s;
  if (options.json === true) {
    printJson({ out, duration_s, decisions: decisions.length, refinements: jobs.length, pictures });
  } else {
    print(
      `${out}: ${duration_s.toFixed(1)} s, ${counted(decisions, 'decision')}, ${counted(jobs, 'refinement')}; ${told}`,
    );
  }
  return EXIT.done;
}

async function headerOf(path: string): Promise<LogHeader> {
  const log = await openRun(path);
  await log.close();
  return log.header;
}

/** The bag that the log is in, or that it names, if it is in the folder of the log. */
function bagBeside(path: string, { bag }: LogHeader): string | null {
  if (lookOf(path) === 'bag') return path;
  const beside = bag === null ? null : join(dirname(path), bag.name);
  return beside !== null && existsSync(beside) ? beside : null;
}

const NOTHING_SEEN = 'no pictures: no decision is based on an image';

interface Illustrated {
  readonly data: ReportData;
  /** How it went, for people. */
  readonly told: string;
}

/** Nobody asked for a bag that was only found, so what is wrong with it does not keep the page from being made. */
async function withPictures(
  data: ReportData,
  { topics }: LogHeader,
  bag: string | null,
  asked: boolean,
): Promise<Illustrated> {
  if (bag === null) return { data, told: 'no pictures: name the bag with --bag' };
  const stamps = data.decisions.flatMap(({ picture }) => (picture === null ? [] : [picture]));
  try {
    const pictures = await picturesOf(bag, stamps, topics);
    const found = Object.keys(pictures).length;
    const told =
      stamps.length === 0
        ? NOTHING_SEEN
        : found === 0
          ? `no pictures: ${bag} has no image with the stamp of one that a decision rests on; is it the bag of this run?`
          : `${found} pictures of ${bag}`;
    return { data: { ...data, pictures }, told };
  } catch (thrown) {
    if (!(thrown instanceof SageError)) throw thrown;
    // The right bag of a run that saw nothing may have no camera in it.
    if (thrown.code === 'SAGE_1009' && stamps.length === 0) return { data, told: NOTHING_SEEN };
    if (asked) throw thrown;
    return { data, told: `no pictures: ${thrown.message}` };
  }
}

function counted({ length }: readonly unknown[], what: string): string {
  return `${length} ${what}${length === 1 ? '' : 's'}`;
}
