import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Decision } from '../../../src/contracts/decision.js';
import type { LogCycle, LogGoal, LogHeader, LogInput, LogModelEvent } from '../../../src/contracts/log.js';

const HEADER: LogHeader = {
  kind: 'header',
  format: 'sage-log',
  version: 1,
  sage: '0.1.0',
  source: 'replay',
  costs: 'declared',
  inputs: 'references',
  seed: 1,
  config_hash: '',
  parameters: { metabolism: { crisis_surprise: 0.8 }, robot: { joints: ['a'] } },
  models: [{ id: 'vision', version: '1', sha256: { refine: 'aa' } }],
  plugins: ['vision'],
  bag: null,
  topics: [],
};

const DECISION: Decision = {
  decision_id: 'd',
  cycle: 0,
  stamp_ms: 0,
  image_stamp_ms: null,
  state: 'WAKE',
  energy: 90,
  goal: null,
  salience: [],
  considered: [],
  budget: {
    total_atp: 1,
    allocated_atp: 0,
    reserve_atp: 1,
    spent_atp: 0,
    since_atp: 0,
    shares: {},
  },
  spent: {},
  energies: {},
  trust: {},
  action: 'none',
  reason: '',
  rejected: [],
  faults: [],
};

/** Changes to one cycle of the log that is written. */
export interface Change {
  readonly cycle?: Partial<LogCycle>;
  readonly input?: Partial<LogInput>;
  readonly decision?: Partial<Decision>;
  /** Readings besides that of the camera. */
  readonly inputs?: readonly Partial<LogInput>[];
  readonly goals?: readonly Omit<LogGoal, 'kind' | 'cycle'>[];
  readonly model?: Omit<LogModelEvent, 'kind' | 'cycle'>;
  readonly lifecycle?: string;
}

/** A folder of small logs. */
export class Logs {
  private readonly folder = mkdtempSync(join(tmpdir(), 'sage-logs-'));
  private count = 0;

  /** Writes a log of so many cycles, 50 ms apart, with a picture in each. */
  write(
    cycles: number,
    changes: Readonly<Record<number, Change>> = {},
    header: Partial<LogHeader> = {},
  ): string {
    const lines: object[] = [{ ...HEADER, ...header }];
    for (let cycle = 1; cycle <= cycles; cycle++) {
      const stamp_ms = 50 * cycle;
      const change = changes[cycle] ?? {};
      const input: LogInput = {
        kind: 'input',
        cycle,
        source: 'camera',
        type: 'camera',
        stamp_ms,
        received_ms: stamp_ms,
        digest: `d${cycle}`,
      };
      if (change.model !== undefined) lines.push({ kind: 'model', cycle, ...change.model });
      if (change.lifecycle !== undefined) lines.push({ kind: 'lifecycle', cycle, state: change.lifecycle });
      for (const other of change.inputs ?? []) lines.push({ ...input, ...other });
      lines.push({ ...input, ...change.input }, { ...cycleLine(cycle, stamp_ms), ...change.cycle });
      if (change.decision !== undefined)
        lines.push({
          kind: 'decision',
          cycle,
          decision: { ...DECISION, cycle, stamp_ms, ...change.decision },
        });
      for (const goal of change.goals ?? []) lines.push({ kind: 'goal', cycle, ...goal });
    }
    lines.push({
      kind: 'end',
      cycles,
      inputs: cycles,
      jobs: 0,
      decisions: 0,
      actions: 0,
      notes: 0,
      duration_ms: 50 * (cycles - 1),
    });
    this.count += 1;
    const path = join(this.folder, `log-${this.count}.jsonl`);
    writeFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    return path;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function cycleLine(cycle: number, now_ms: number): LogCycle {
  return {
    kind: 'cycle',
    cycle,
    now_ms,
    source_faults: {},
    dropped: {},
    state: 'WAKE',
    state_reason: 'start',
    energy: 100 - cycle,
    salience: [
      {
        source: 'camera',
        surprise: 0.1,
        novelty: 0.2,
        arousal: 0.3,
        reward: 0.4,
        conflict: 0.5,
        combined: 0.3,
        age_ms: 0,
        stale: false,
      },
    ],
    ledger: { total_matp: 10, allocated_matp: 0, reserve_matp: 10, spent_matp: 0 },
    h_energy: 0.5,
    coherence: 0.5,
    trust: { vision: 1 },
    goal: null,
    commands: [],
    faults: [],
  };
}
