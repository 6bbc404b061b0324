import { expect } from 'chai';
import { Tally } from '../../../src/app/record/tally.js';

describe('the tally of a recording', () => {
  const message = (topic: string, time_ms: number) => ({
    topic: { topic, type: 'std_msgs/msg/String' },
    latched: false,
    time_ms,
    data: new Uint8Array(10),
  });

  it('counts by topic, with the rate between the first and the last message', () => {
    const tally = new Tally();
    for (const time_ms of [1000, 1100, 1200]) tally.add(message('/b', time_ms));
    tally.add(message('/c', 5000));
    expect(tally).to.include({ messages: 4, bytes: 40 });
    expect(tally.byTopic(['/a', '/b'])).to.deep.equal([
      { topic: '/a', messages: 0, rate_hz: null },
      { topic: '/b', messages: 3, rate_hz: 10 },
      { topic: '/c', messages: 1, rate_hz: null },
    ]);
  });

  it('takes the time that passed where a simulation starts again', () => {
    const tally = new Tally();
    for (const time_ms of [5000, 5100, 0, 100]) tally.add(message('/b', time_ms));
    expect(tally.byTopic([])[0]?.rate_hz).to.equal(15);
  });
});
