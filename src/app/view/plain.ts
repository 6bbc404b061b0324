import type { NodeStatus } from '../../contracts/status.js';
import { printable } from './line.js';
import type { ViewModel } from './model.js';
import { percent, short } from './numbers.js';
import { currentGoal } from './sections.js';

/** Between two summaries, ms. */
export const SUMMARY_MS = 1000;

/** Lines for a terminal that is none: each note once, and a summary a second. */
export class PlainLog {
  private last_note: ViewModel['notes'][number] | undefined;
  private summary_ms = 0;

  /** The lines that have become due. Call it after every change of the model, or at least once a second. */
  lines(model: ViewModel): string[] {
    const fresh = this.freshNotes(model).map(({ at_ms, text }) => stamped(at_ms, printable(text)));
    if (model.status === null || model.now_ms - this.summary_ms < SUMMARY_MS) return fresh;
    this.summary_ms = model.now_ms;
    return [...fresh, stamped(model.now_ms, summary(model, model.status))];
  }

  /** The model keeps the newest notes only, so that the last one written is found by identity, not by index. */
  private freshNotes(model: ViewModel): ViewModel['notes'] {
    const at = this.last_note === undefined ? -1 : model.notes.lastIndexOf(this.last_note);
    const fresh = model.notes.slice(at + 1);
    this.last_note = model.notes.at(-1) ?? this.last_note;
    return fresh;
  }
}

function stamped(time_ms: number, text: string): string {
  return `[${(time_ms / 1000).toFixed(1).padStart(6)} s] ${text}`;
}

/** One line that says where everything stands. */
export function summary(model: ViewModel, status: NodeStatus): string {
  const { metabolic, report, totals } = status;
  const goal = report.goal;
  const rest = currentGoal(status)?.status ?? 'none';
  const sources = status.salience.map(({ source, combined, stale }) =>
    printable(`${source} ${combined.toFixed(2)}${stale ? ' stale' : ''}`),
  );
  const refinements = model.plugins
    .filter(({ running }) => running)
    .map(({ plugin, initial, energy, steps }) =>
      printable(
        initial === null ? `${plugin} begins` : `${plugin} ${short(initial)}→${short(energy)} (${steps})`,
      ),
    );
  const cells = [
    `${metabolic.state} energy ${metabolic.energy.toFixed(0)}`,
    goal ? `goal ${printable(goal.step)} ${percent(goal.progress)}` : `goal ${rest}`,
    status.arm_progress === null || status.arm_progress >= 1
      ? 'arm at rest'
      : `arm ${percent(status.arm_progress)}`,
    sources.length === 0 ? 'no sources yet' : sources.join(' '),
    refinements.length === 0 ? 'no refinements' : refinements.join(' '),
    `frames ${totals.frames_received} lost ${totals.frames_lost}`,
    `late ${short(totals.lateness_ms.p99)} ms`,
    report.faults.length === 0
      ? 'no faults'
      : `faults ${[...new Set(report.faults.map(({ code, where }) => printable(`${code} ${where}`)))].join(', ')}`,
  ];
  return cells.join(' | ');
}
