import { expect } from 'chai';
import { fault } from '../../src/contracts/errors.js';
import type { BatteryReading, GoalReading } from '../../src/contracts/observation.js';
import { LatestBuffers } from '../../src/kernel/latest-buffers.js';

const battery = (fraction: number): BatteryReading => ({
  kind: 'battery',
  source: 'battery',
  stamp_ms: 0,
  received_ms: 0,
  fraction,
  charging: false,
});
const goal = (goal_id: string): GoalReading => ({
  kind: 'goal',
  source: 'goal',
  stamp_ms: 0,
  received_ms: 0,
  goal_id,
  text: 'go home',
  priority: 0,
  deadline_s: 0,
});

describe('kernel/latest-buffers', () => {
  it('keeps the newest of a state and counts what gave way', () => {
    const buffers = new LatestBuffers();
    for (const value of [0.1, 0.2, 0.3]) buffers.put(battery(value));
    const { readings, dropped } = buffers.drain();
    expect(readings).to.deep.equal([battery(0.3)]);
    expect(dropped.get('battery')).to.equal(2);
    expect(buffers.drain().readings).to.deep.equal([]);
  });

  it('never drops an accepted goal: it refuses the newest instead', () => {
    const buffers = new LatestBuffers();
    const taken = Array.from({ length: 20 }, (_, index) => buffers.put(goal(`g${index}`)));
    expect(taken.filter(Boolean)).to.have.length(16);
    expect(buffers.drain().readings.map((reading) => (reading as GoalReading).goal_id)).to.deep.equal(
      Array.from({ length: 16 }, (_, index) => `g${index}`),
    );
  });

  it('hands over what was said in its order, whoever said it: a stop ends what came before, not after', () => {
    const buffers = new LatestBuffers();
    const common = {
      kind: 'operator',
      source: 'operator',
      stamp_ms: 0,
      received_ms: 0,
      argument: '',
    } as const;
    const stop = { ...common, request: 'stop' } as const;
    const resume = { ...common, request: 'resume' } as const;
    buffers.put(stop);
    buffers.drain();
    for (const reading of [goal('before'), stop, battery(0.5), goal('after'), resume]) buffers.put(reading);
    const { readings } = buffers.drain();
    expect(readings).to.deep.equal([battery(0.5), goal('before'), stop, goal('after'), resume]);
    expect(buffers.drain().readings).to.deep.equal([]);
  });

  it('lets a fault stand until it is cleared', () => {
    const buffers = new LatestBuffers();
    buffers.fault('camera', fault('SAGE_201', 'camera', 'short'));
    expect(buffers.drain().faults.get('camera')?.code).to.equal('SAGE_201');
    expect(buffers.drain().faults.size).to.equal(1);
    buffers.fault('camera', null);
    expect(buffers.drain().faults.size).to.equal(0);
  });
});
