import type { HealthEntry, HealthLevel } from '../contracts/graph.js';
import { CdrWriter, setStamp } from './cdr.js';
import { msToStamp } from './stamps.js';

/** Levels of diagnostic_msgs/DiagnosticStatus. */
const LEVEL: Readonly<Record<HealthLevel, number>> = { ok: 0, warn: 1, error: 2, stale: 3 };

/**
 * diagnostic_msgs/DiagnosticArray (REP-107) as it goes over the wire. Converted by rclnodejs, its hundred small parts
 * held the thread for 10 ms once a second, and with it the cycle that was due then.
 */
export function diagnosticsCdr(
  entries: readonly HealthEntry[],
  hardware_id: string,
  stamp_ms: number,
): Buffer {
  const writer = new CdrWriter(8192).header('').uint32(entries.length);
  for (const { level, name, message, values } of entries) {
    writer.uint8(LEVEL[level]).text(`sage: ${name}`).text(message).text(hardware_id);
    const pairs = Object.entries(values);
    writer.uint32(pairs.length);
    for (const [key, value] of pairs) writer.text(key).text(String(value));
  }
  const bytes = writer.finish();
  setStamp(bytes, msToStamp(stamp_ms));
  return bytes;
}
