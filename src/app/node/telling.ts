import type { Effects } from '../../contracts/effects.js';
import type { Fault } from '../../contracts/errors.js';
import type { Explanation, HealthEntry } from '../../contracts/graph.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { ModelManager } from '../../models/index.js';
import type { Graph } from '../../ros/graph.js';
import { explainDecision } from '../explain.js';
import { tell } from '../parent.js';
import { Every } from './every.js';
import { healthOf } from './health.js';
import { RecentDecisions } from './recent-decisions.js';
import { RecentFaults } from './recent-faults.js';
import { Tally } from './tally.js';

const STATUS_EVERY_MS = 120;
const HEALTH_EVERY_MS = 1000;

export interface TellingPorts {
  readonly graph: Pick<Graph, 'frames' | 'diagnostics'>;
  readonly host: ModelManager;
  readonly kernel: Kernel;
  /** What is wrong with what stands beside the mind. */
  readonly faults: () => readonly Fault[];
}

/** Reports on a running node: to the user who started it, on /diagnostics, and on request. */
export class Telling {
  /** How the cycle's thread is scheduled, in words. */
  scheduling = '';
  /** State of the lifecycle node. */
  lifecycle = '';
  private readonly tally = new Tally();
  private readonly decisions = new RecentDecisions();
  private readonly recent = new RecentFaults();
  private readonly forStatus = new Every(STATUS_EVERY_MS);
  private readonly forHealth = new Every(HEALTH_EVERY_MS);

  constructor(private readonly ports: TellingPorts) {}

  /** @param now_ms of a clock that only goes forward */
  cycle(effects: Effects, lateness_ms: number, now_ms: number): void {
    this.tally.add(effects, lateness_ms);
    this.recent.add(effects.report.faults, now_ms);
    if (effects.decision !== null) this.decisions.add(effects.decision);
    if (this.forStatus.due(now_ms)) this.status();
    if (this.forHealth.due(now_ms)) this.ports.graph.diagnostics(this.health(effects));
  }

  /** Tells who started the node how it stands; nothing before the first cycle. */
  status(): void {
    const { execution, now_ms } = this.ports.kernel.mind.situation;
    const progress = execution === null || execution.hold ? 1 : execution.progress(now_ms);
    const arm =
      progress < 1 ? { progress, purpose: execution?.purpose ?? '' } : { progress: null, purpose: '' };
    const status = this.tally.status(this.lifecycle, arm, this.ports.graph.frames);
    if (status !== null) tell(status);
  }

  /** The decision of a cycle in words and as its record; cycle 0 = the latest. */
  explain(cycle: number): Explanation | null {
    const decision = this.decisions.find(cycle);
    if (decision === null) return null;
    return { text: explainDecision(decision), record_json: JSON.stringify(decision) };
  }

  private health(effects: Effects): readonly HealthEntry[] {
    const { graph, host, faults } = this.ports;
    const standing = [...effects.report.faults, ...faults()];
    const totals = this.tally.totals(graph.frames);
    const over = this.recent.over(standing);
    return healthOf({ effects, host, totals, scheduling: this.scheduling, standing, over });
  }
}
