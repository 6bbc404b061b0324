import { expect } from 'chai';
import { type Fault, fault } from '../../src/contracts/errors.js';
import type { BatteryReading } from '../../src/contracts/observation.js';
import { Source, type SourceOptions } from '../../src/ros/source.js';

describe('Source', () => {
  let now_ms = 0;
  let told: (Fault | null)[] = [];
  const reading = (): BatteryReading => ({
    kind: 'battery',
    source: 'battery',
    stamp_ms: now_ms,
    received_ms: now_ms,
    fraction: 1,
    charging: false,
  });
  const made = (options: Partial<SourceOptions> = {}, put = () => true): Source => {
    const sink = { put, fault: (_: string, found: Fault | null) => void told.push(found) };
    return new Source(
      'battery',
      sink,
      { now_ms: () => now_ms },
      { stale_ms: 500, required: true, ...options },
    );
  };
  const bad = fault('SAGE_208', 'battery_state', 'percentage 80');

  beforeEach(() => {
    now_ms = 1e6;
    told = [];
  });

  it('notifies the sink of a fault once, and once when it clears', () => {
    const source = made();
    source.good(reading());
    source.bad(bad);
    source.bad(bad);
    source.good(reading());
    source.good(reading());
    expect(told).to.deep.equal([bad, null]);
  });

  it('notifies the sink when one fault replaces another', () => {
    const source = made();
    source.bad(bad);
    const other = fault('SAGE_209', 'battery_state', 'in the future');
    source.bad(other);
    expect(told).to.deep.equal([bad, other]);
  });

  it('is an error while its data are bad, a warning for five seconds after, then ok again', () => {
    const source = made();
    source.good(reading());
    expect(source.health()).to.include({ level: 'ok' });
    source.bad(bad);
    expect(source.health()).to.include({
      level: 'error',
      message: 'SAGE_208 message malformed: percentage 80',
    });
    source.good(reading());
    expect(source.health()).to.include({ level: 'warn' });
    now_ms += 5001;
    source.good(reading());
    expect(source.health()).to.deep.include({ level: 'ok', values: { messages: 3, refused: 1, age_ms: 0 } });
  });

  it('is stale without data if required, and fine if optional', () => {
    expect(made().health()).to.include({ level: 'stale' });
    expect(made({ required: false }).health()).to.include({ level: 'ok', message: 'no message yet' });
    const source = made();
    source.good(reading());
    now_ms += 501;
    expect(source.health().message).to.equal('SAGE_205 source stale: 501 ms old (allowed 500 ms)');
  });

  it('says whether the sink took a reading', () => {
    expect(made({}, () => false).good(reading())).to.equal(false);
  });
});
