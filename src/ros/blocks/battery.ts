import { fault } from '../../contracts/errors.js';
import type { Block, SensorPorts } from '../block.js';
import type { BatteryStateMessage } from '../messages.js';
import { SENSOR } from '../qos.js';
import { Source } from '../source.js';
import { StampJudge } from '../stamps.js';

/** sensor_msgs/BatteryState.POWER_SUPPLY_STATUS_CHARGING. */
const CHARGING = 1;
/** A battery that has not spoken for a minute is not believed. */
const STALE_MS = 60_000;

/** Reads `battery_state`. A percentage of NaN means unknown; one outside 0..1 is refused (SAGE_208). */
export function batteryBlock({ node, clock, sink }: SensorPorts): Block {
  const source = new Source('battery', sink, clock, { stale_ms: STALE_MS, required: false });
  const stamps = new StampJudge(clock);
  node.subscribe<BatteryStateMessage>('sensor_msgs/msg/BatteryState', 'battery_state', SENSOR, (message) => {
    const verdict = stamps.judge(message.header.stamp);
    if (verdict.kind === 'repeated') return;
    if (verdict.kind === 'jumped') return source.bad(fault('SAGE_209', 'battery_state', verdict.detail));
    const fraction = Number.isNaN(message.percentage) ? null : message.percentage;
    if (fraction !== null && !(fraction >= 0 && fraction <= 1)) {
      return source.bad(fault('SAGE_208', 'battery_state', `percentage ${fraction} is not within 0..1`));
    }
    source.good({
      kind: 'battery',
      source: 'battery',
      stamp_ms: verdict.stamp_ms,
      received_ms: clock.now_ms(),
      fraction,
      charging: message.power_supply_status === CHARGING,
    });
  });
  return { health: () => [source.health()], close: () => {} };
}
