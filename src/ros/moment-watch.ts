import type { DiagnosticStatusMessage } from './messages.js';
import type { RosNode } from './node.js';
import { LATCHED, RELIABLE } from './qos.js';
import type { RecorderClock } from './recorder-clock.js';

const STATE = 'sage/metabolic_state';
const ERROR_LEVEL = 2;
/** A fault that was gone for less long is the same one still, ms. */
const SAME_FAULT_MS = 10_000;
/** Rows of /diagnostics that are told apart. */
const ROWS_MAX = 2000;
/** The state comes every second; a node that has not said it for so long, and did not leave in order, is in trouble, ms. */
const SILENT_MS = 3000;
const CODE = /^SAGE_\d+/;

/** Watches SAGE's state and the diagnostics of the graph for moments that a black box is kept for. */
export class MomentWatch {
  private state = '';
  private stated_ms: number | null = null;
  /** Rows that stand at ERROR, or did a moment ago: what they said, and when they did last. */
  private readonly faults = new Map<string, { readonly code: string; readonly last_ms: number }>();

  /** @param onMoment told the reason: `CRISIS`, `fault sage: camera SAGE_205`, `sage is silent` */
  constructor(
    private readonly node: RosNode,
    private readonly clock: RecorderClock,
    private readonly onMoment: (reason: string) => void,
  ) {
    node.subscribe<{ name: string }>('sage/msg/MetabolicState', STATE, LATCHED, ({ name }) =>
      this.hearState(name),
    );
    node.subscribe<{ status: readonly DiagnosticStatusMessage[] }>(
      'diagnostic_msgs/msg/DiagnosticArray',
      'diagnostics',
      RELIABLE,
      ({ status }) => this.hearDiagnostics(status),
    );
  }

  /** To be called now and then: a node that crashed says nothing. */
  look(): void {
    if (this.stated_ms === null || this.clock.now_ms() - this.stated_ms < SILENT_MS) return;
    this.stated_ms = null;
    this.state = '';
    // Who leaves in order takes its publisher along; of who was killed it stands for a while.
    if (this.node.countPublishers(STATE) > 0) this.onMoment('sage is silent');
  }

  private hearState(name: string): void {
    if (name === 'CRISIS' && this.state !== 'CRISIS' && this.state !== '') this.onMoment('CRISIS');
    this.state = name;
    this.stated_ms = this.clock.now_ms();
  }

  /** Each message has the rows of one publisher, of which there may be several: rows are told apart by their names. */
  private hearDiagnostics(status: readonly DiagnosticStatusMessage[]): void {
    const now_ms = this.clock.now_ms();
    let fresh: string | null = null;
    for (const { level, name, message } of status) {
      if (level !== ERROR_LEVEL) continue;
      const code = CODE.exec(message)?.[0] ?? '';
      const before = this.faults.get(name);
      const same = before?.code === code && Math.abs(now_ms - before.last_ms) < SAME_FAULT_MS;
      if (!same) fresh ??= `fault ${name} ${code}`.trim();
      this.faults.delete(name);
      this.faults.set(name, { code, last_ms: now_ms });
    }
    const [oldest] = this.faults.keys();
    if (this.faults.size > ROWS_MAX && oldest !== undefined) this.faults.delete(oldest);
    if (fresh !== null) this.onMoment(fresh);
  }
}
