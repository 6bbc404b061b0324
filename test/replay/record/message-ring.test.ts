import { expect } from 'chai';
import * as fc from 'fast-check';
import { LatchedMessages } from '../../../src/replay/record/latched-messages.js';
import { MessageRing } from '../../../src/replay/record/message-ring.js';
import type { ReceivedMessage } from '../../../src/replay/record/received-message.js';
import { NOISE, ROBOT, text } from './messages.js';

describe('the messages of the last seconds', () => {
  it('are bounded in time and in bytes, and in order', () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 2000 }), fc.integer({ min: 1, max: 400 })), {
      maxLength: 300,
    });
    fc.assert(
      fc.property(steps, (given) => {
        const ring = new MessageRing({ seconds: 5, bytes_max: 2000 });
        const all: ReceivedMessage[] = [];
        let time_ms = 1e12;
        for (const [gap_ms, bytes] of given) {
          time_ms += gap_ms;
          const message = { topic: NOISE, time_ms, data: new Uint8Array(bytes) };
          all.push(message);
          ring.add(message, false);
          const held = [...ring.contents()];
          const held_bytes = held.reduce((sum, { data }) => sum + data.length, 0);
          expect(ring.bytes).to.equal(held_bytes);
          expect(held_bytes).to.be.at.most(2000);
          expect(held.every((found) => found.time_ms >= time_ms - 5000)).to.equal(true);
          // Nothing that would fit was given up.
          expect(held).to.deep.equal(all.slice(-held.length));
        }
      }),
    );
  });

  it('are not those of a time that is yet to come, after the clock has jumped back', () => {
    const ring = new MessageRing({ seconds: 5, bytes_max: 1e6 });
    ring.add(text(ROBOT, 60_000, 'robot'), true);
    for (const time_ms of [61_000, 62_000, 0, 1000]) ring.add(text(NOISE, time_ms, 'word'), false);
    expect([...ring.contents()].map(({ topic, time_ms }) => [topic.topic, time_ms])).to.deep.equal([
      ['/robot_description', 0],
      ['/noise', 0],
      ['/noise', 1000],
    ]);
  });

  it('keep the newest of a latched topic, however old', () => {
    const ring = new MessageRing({ seconds: 1, bytes_max: 1e6 });
    ring.add(text(ROBOT, 1000, 'old'), true);
    ring.add(text(ROBOT, 2000, 'new'), true);
    for (let time_ms = 50_000; time_ms < 55_000; time_ms += 500) ring.add(text(NOISE, time_ms, 'n'), false);
    // What changes while the ring is held stays where it was.
    ring.add(text(ROBOT, 54_600, 'changed'), true);
    const held = [...ring.contents()];
    expect(held.map(({ data }) => Buffer.from(data).toString('latin1', 8, 11))).to.deep.equal([
      ...['new', 'n\0', 'n\0', 'cha'],
    ]);
    const [first, second] = held;
    expect(Buffer.from(first!.data).toString('latin1')).to.include('new');
    expect(first?.time_ms).to.equal(second?.time_ms);
  });
});

describe('latched messages', () => {
  it('are the newest of a topic; of static transforms all that differ, for they have several publishers', () => {
    const TF = { topic: '/tf_static', type: 'tf2_msgs/msg/TFMessage' };
    const latched = new LatchedMessages<ReceivedMessage>();
    for (const [index, word] of ['arm', 'camera', 'arm', 'wheel'].entries()) {
      latched.add(text(TF, index, word));
      latched.add(text(ROBOT, index, word));
    }
    const words = latched.values().map(({ topic, time_ms }) => `${topic.topic} ${time_ms}`);
    expect(words).to.deep.equal(['/tf_static 1', '/tf_static 2', '/tf_static 3', '/robot_description 3']);
    for (let index = 0; index < 500; index++) latched.add(text(TF, index, `number ${index}`));
    expect(latched.values()).to.have.length(64 + 1);
  });

  it('are all of those that came to a node over no topic of the robot, as many as it keeps', () => {
    const INPUTS = { topic: '/sage/inputs', type: 'sage/msg/Input' };
    const latched = new LatchedMessages<ReceivedMessage>();
    for (const [index, word] of ['goal', 'stop', 'goal again'].entries())
      latched.add(text(INPUTS, index, word));
    expect(latched.values().map(({ time_ms }) => time_ms)).to.deep.equal([0, 1, 2]);
    for (let index = 0; index < 500; index++) latched.add(text(INPUTS, index, `number ${index}`));
    expect(latched.values()).to.have.length(100);
  });
});
