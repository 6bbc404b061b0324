import type { Effects } from '../contracts/effects.js';
import type { CycleTiming, HealthEntry } from '../contracts/graph.js';
import type { MetabolicStatus } from '../contracts/metabolism.js';
import { diagnosticsCdr } from './diagnostics-cdr.js';
import type { Publisher, RosNode } from './node.js';
import {
  cycleMessage,
  decisionMessage,
  metabolicMessage,
  salienceMessage,
  telemetryMessage,
} from './outgoing.js';
import { LATCHED, RELIABLE } from './qos.js';

/** How often the metabolic state is sent where it does not change, ms. */
const METABOLIC_MS = 1000;

/** Everything that the main node tells the graph about itself. */
export class Publishers {
  private readonly metabolic: Publisher<object>;
  private readonly telemetry: Publisher<object>;
  private readonly salience: Publisher<object>;
  private readonly cycle: Publisher<object>;
  private readonly decision: Publisher<object>;
  private readonly diagnostic: Publisher<Buffer>;
  private metabolic_ms = Number.NEGATIVE_INFINITY;
  private lastState = '';

  constructor(
    private readonly node: RosNode,
    private readonly hardware_id: string,
  ) {
    this.metabolic = node.publisher('sage/msg/MetabolicState', 'sage/metabolic_state', LATCHED);
    this.telemetry = node.publisher('sage/msg/IrpTelemetry', 'sage/telemetry', RELIABLE);
    this.salience = node.publisher('sage/msg/Salience', 'sage/salience', RELIABLE);
    this.cycle = node.publisher('sage/msg/CycleReport', 'sage/cycle', RELIABLE);
    this.decision = node.publisher('sage/msg/Decision', 'sage/decision', RELIABLE);
    this.diagnostic = node.publisher('diagnostic_msgs/msg/DiagnosticArray', 'diagnostics', RELIABLE);
  }

  publish(effects: Effects, timing: CycleTiming): void {
    const { report } = effects;
    this.publishMetabolic(effects.metabolic, report.stamp_ms);
    // What nobody listens to is not made: a nested message costs more than the cycle that it describes.
    if (this.telemetry.subscribers() > 0) {
      for (const row of effects.telemetry) this.telemetry.publish(telemetryMessage(row, report.stamp_ms));
    }
    if (this.salience.subscribers() > 0) {
      this.salience.publish(salienceMessage(effects.salience, report.cycle, report.stamp_ms));
    }
    if (this.cycle.subscribers() > 0) this.cycle.publish(cycleMessage(report, timing));
    if (effects.decision !== null && this.decision.subscribers() > 0) {
      this.decision.publish(decisionMessage(effects.decision));
    }
  }

  diagnostics(entries: readonly HealthEntry[]): void {
    this.diagnostic.publish(diagnosticsCdr(entries, this.hardware_id, this.node.now_ms()));
  }

  private publishMetabolic(status: MetabolicStatus, stamp_ms: number): void {
    const due_ms = stamp_ms - this.metabolic_ms;
    // A negative time since the last means that the clock went back.
    if (status.state === this.lastState && due_ms >= 0 && due_ms < METABOLIC_MS) return;
    this.metabolic_ms = stamp_ms;
    this.lastState = status.state;
    this.metabolic.publish(metabolicMessage(status, stamp_ms));
  }
}
