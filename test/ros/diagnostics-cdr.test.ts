import { expect } from 'chai';
import * as fc from 'fast-check';
import type { HealthEntry } from '../../src/contracts/graph.js';
import { decoderOf } from '../../src/replay/decode.js';
import { diagnosticsCdr } from '../../src/ros/diagnostics-cdr.js';

const LINE = '='.repeat(80);
/** As the packages diagnostic_msgs and std_msgs of ROS 2 have them. */
const DEFINITION = [
  'std_msgs/Header header\ndiagnostic_msgs/DiagnosticStatus[] status',
  'MSG: diagnostic_msgs/DiagnosticStatus\nbyte level\nstring name\nstring message\nstring hardware_id\nKeyValue[] values',
  'MSG: diagnostic_msgs/KeyValue\nstring key\nstring value',
  'MSG: std_msgs/Header\nbuiltin_interfaces/Time stamp\nstring frame_id',
  'MSG: builtin_interfaces/Time\nint32 sec\nuint32 nanosec',
].join(`\n${LINE}\n`);

const decode = decoderOf({
  topic: '/diagnostics',
  type: 'diagnostic_msgs/msg/DiagnosticArray',
  serialization: 'cdr',
  schema: { encoding: 'ros2msg', text: DEFINITION },
} as Parameters<typeof decoderOf>[0]);

describe('ros/diagnostics-cdr', () => {
  it('is what a reader of DiagnosticArray reads', () => {
    const word = fc.string({ unit: 'grapheme', maxLength: 12 }).filter((text) => !text.includes('\0'));
    const entry: fc.Arbitrary<HealthEntry> = fc.record({
      name: word,
      level: fc.constantFrom('ok', 'warn', 'error', 'stale'),
      message: word,
      values: fc.dictionary(word, fc.oneof(word, fc.integer()), { maxKeys: 4 }),
    });
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 6 }), word, (entries, hardware_id) => {
        const bytes = diagnosticsCdr(entries, hardware_id, 1_700_000_000_250);
        expect(decode(bytes)).to.deep.equal({
          header: { stamp: { sec: 1_700_000_000, nanosec: 250_000_000 }, frame_id: '' },
          status: entries.map(({ name, level, message, values }) => ({
            level: ['ok', 'warn', 'error', 'stale'].indexOf(level),
            name: `sage: ${name}`,
            message,
            hardware_id,
            values: Object.entries(values).map(([key, value]) => ({ key, value: String(value) })),
          })),
        });
      }),
    );
  });
});
