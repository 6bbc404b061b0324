import type { Effects } from '../contracts/effects.js';
import type { Fault } from '../contracts/errors.js';
import type { LogHeader } from '../contracts/log.js';
import type { AnyReading } from '../contracts/observation.js';
import type { RunChange, RunInput, SaidReading } from '../contracts/run-input.js';
import type { Observations } from '../kernel/latest-buffers.js';
import { namesMeshes, splitFitted } from '../robot/fitted-shapes.js';
import { descriptionHash } from './description-hash.js';
import { INPUT_TOPIC, INPUT_TYPE, inputMessage } from './input-message.js';
import type { Publisher, RosNode } from './node.js';
import { headerAt } from './outgoing.js';
import { ENDED } from './pursue.js';
import { LATCHED, LATCHED_MANY } from './qos.js';

export const RUN_TYPE = 'sage/msg/Run';
export const RUN_TOPIC = 'sage/run';

/** Descriptions whose shapes are told: one, unless the robot is exchanged while the node runs. */
const DESCRIPTIONS_MAX = 4;

const SAID: ReadonlySet<AnyReading['kind']> = new Set<SaidReading['kind']>([
  'goal',
  'operator',
  'emergency_stop',
]);
const isSaid = (reading: AnyReading): reading is SaidReading => SAID.has(reading.kind);

/**
 * Tells the graph, and so a recorder, what came into the mind and stands on no topic of the robot: goals and requests
 * whichever way they came, parameters, models, the lifecycle, faults of what the robot does not say itself.
 */
export class InputTeller {
  private readonly inputs: Publisher<object>;
  private readonly runs: Publisher<object>;
  private readonly logs: Publisher<{ readonly data: string }>;
  private cycle = 0;
  private faults: ReadonlyMap<string, Fault> = new Map();
  private running: { readonly header: LogHeader; readonly begun_ms: number } | null = null;
  /** The newest descriptions with meshes, and the elements that were added to them. */
  private shapes: readonly (readonly [hash: string, elements: string])[] = [];

  constructor(private readonly node: RosNode) {
    this.inputs = node.publisher(INPUT_TYPE, INPUT_TOPIC, LATCHED_MANY);
    this.runs = node.publisher(RUN_TYPE, RUN_TOPIC, LATCHED);
    this.logs = node.publisher('std_msgs/msg/String', 'sage/log', LATCHED_MANY);
  }

  /** What a cycle took, in the order in which it took it; then which goals are over. */
  taken({ readings, faults }: Observations, { goal_events, report }: Effects): void {
    this.cycle = report.cycle;
    for (const reading of readings) {
      if (isSaid(reading)) this.tell({ kind: 'said', reading }, report.cycle, reading.stamp_ms);
      if (reading.kind === 'robot_description') this.described(reading.urdf);
    }
    this.changedFaults(faults, report.cycle);
    for (const { goal_id, status } of goal_events) {
      if (ENDED.has(status)) this.tell({ kind: 'ended', goal_id, outcome: status }, report.cycle);
    }
  }

  /** Before the next cycle. */
  changed(change: RunChange): void {
    this.tell({ kind: 'change', change }, this.cycle + 1);
  }

  /** `begun_ms`: the clock reading of the first cycle. */
  run(header: LogHeader, begun_ms: number): void {
    this.running = { header, begun_ms };
    const shapes = this.shapes.length === 0 ? {} : { shapes: Object.fromEntries(this.shapes) };
    this.runs.publish({
      header: headerAt(begun_ms),
      version: header.sage,
      commit: header.build?.commit ?? '',
      code: header.build?.code ?? '',
      config_hash: header.config_hash,
      header_json: JSON.stringify({ ...header, ...shapes }),
    });
  }

  /** Lines of the log of the run. */
  log(lines: string): void {
    this.logs.publish({ data: lines });
  }

  get listeners(): number {
    return this.logs.subscribers();
  }

  /** Meshes are files, which no bag holds: what was made of them is told with the run. */
  private described(urdf: string): void {
    if (!namesMeshes(urdf)) return;
    const { published, elements } = splitFitted(urdf);
    const hash = descriptionHash(published);
    const others = this.shapes.filter(([each]) => each !== hash);
    this.shapes = [...others, [hash, elements] as const].slice(-DESCRIPTIONS_MAX);
    if (this.running !== null) this.run(this.running.header, this.running.begun_ms);
  }

  private changedFaults(faults: ReadonlyMap<string, Fault>, cycle: number): void {
    for (const [source, found] of faults) {
      const before = this.faults.get(source);
      if (before?.code === found.code && before.text === found.text) continue;
      this.tell({ kind: 'fault', source, fault: found }, cycle);
    }
    for (const source of this.faults.keys()) {
      if (!faults.has(source)) this.tell({ kind: 'fault', source, fault: null }, cycle);
    }
    this.faults = faults;
  }

  private tell(input: RunInput, cycle: number, stamp_ms = this.node.now_ms()): void {
    this.inputs.publish(inputMessage(input, { stamp_ms, cycle }));
  }
}
