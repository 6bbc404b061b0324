import { expect } from 'chai';
import { LATCHED_QOS } from '../../src/replay/bag-writer.js';
import { isLatched, latchedBefore } from '../../src/replay/latched-before.js';
import { openBag } from '../../src/replay/open-bag.js';
import { temporaryFolder, text, writeMcap } from './bags.js';

const TF = 'tf2_msgs/msg/TFMessage';

describe('what was latched before a part of a bag', () => {
  const folder = temporaryFolder();
  after(() => folder.remove());

  it('is the newest message of each topic, of static transforms all that differ, and nothing of later', async () => {
    const path = folder.path('latched.mcap');
    await writeMcap(path, [
      { topic: '/robot_description', time_ms: 1000, data: text('old') },
      { topic: '/tf_static', time_ms: 1010, data: text('camera'), type: TF },
      { topic: '/noise', time_ms: 1020, data: text('loud') },
      { topic: '/tf_static', time_ms: 1030, data: text('gripper'), type: TF },
      { topic: '/tf_static', time_ms: 1040, data: text('camera'), type: TF },
      { topic: '/robot_description', time_ms: 1050, data: text('new') },
      { topic: '/robot_description', time_ms: 2000, data: text('newer') },
    ]);
    const bag = await openBag(path);
    const topics = bag.topics.filter(({ topic }) => topic !== '/noise');
    const told = (begin_ms: number): string[] =>
      latchedBefore(bag, topics, begin_ms).map(
        ({ topic, data }) => `${topic.topic} ${Buffer.from(data.subarray(8, -1)).toString()}`,
      );
    expect(told(2000)).to.have.members(['/robot_description new', '/tf_static gripper', '/tf_static camera']);
    expect(told(2000.5)).to.include('/robot_description newer');
    expect(told(1000)).to.deep.equal([]);
    bag.close();
  });

  it('is determined by the QoS of the topic', () => {
    const topic = { topic: '/a', type: 'a', serialization: 'cdr', schema: null, messages: 1 };
    expect(isLatched({ ...topic, qos: LATCHED_QOS }, false)).to.equal(true);
    expect(isLatched({ ...topic, qos: '- reliability: 1\n  durability: 2\n' }, true)).to.equal(false);
    expect(isLatched({ ...topic, qos: '' }, true)).to.equal(true);
    expect(isLatched({ ...topic, qos: '' }, false)).to.equal(false);
  });
});
