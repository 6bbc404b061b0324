import { writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { chooseTopics, missingFrom } from '../../../src/app/replay/topic-choice.js';
import { SageError } from '../../../src/contracts/errors.js';
import type { Bag } from '../../../src/replay/bag.js';
import { openBag } from '../../../src/replay/open-bag.js';
import { temporaryFolder } from '../../replay/bags.js';

const PACKAGES: Readonly<Record<string, string>> = { String: 'std_msgs', TFMessage: 'tf2_msgs' };

/** A bag that has these topics, given as `name Type`, and no messages. */
function bagOf(topics: readonly string[], serialization = 'cdr', silent: readonly string[] = []): Bag {
  return {
    name: 'made',
    storage: 'mcap',
    topics: topics.map((text) => {
      const [topic = '', type = ''] = text.split(' ');
      const full = `${PACKAGES[type] ?? 'sensor_msgs'}/msg/${type}`;
      return {
        topic,
        type: full,
        serialization,
        schema: null,
        messages: silent.includes(topic) ? 0 : 1,
        qos: '',
      };
    }),
    messages: 0,
    start_ms: 0,
    end_ms: 0,
    *read() {},
    close: () => {},
  };
}

function choose(bag: Bag): {
  chosen: Record<string, string>;
  notices: readonly string[];
  missing: readonly string[];
} {
  const complain = (error: SageError): never => {
    throw error;
  };
  const choice = chooseTopics(bag, { topics: {}, remap: new Map(), only: null, complain });
  const chosen = Object.fromEntries([...choice.chosen].map(([name, { topic }]) => [name, topic]));
  return { chosen, notices: choice.notices, missing: missingFrom(choice) };
}

function refusal(bag: Bag): string {
  try {
    choose(bag);
  } catch (thrown) {
    if (thrown instanceof SageError) return thrown.message;
    throw thrown;
  }
  return 'none';
}

describe('the topics of a foreign bag', () => {
  it('are found in a namespace, by type and by the ends of their names', () => {
    const { chosen, notices, missing } = choose(
      bagOf([
        '/arm/joint_states JointState',
        '/arm/robot_description String',
        '/arm/front/camera_info CameraInfo',
        '/arm/front/image_raw Image',
        '/arm/rear/camera_info CameraInfo',
        '/arm/rear/depth Image',
      ]),
    );
    expect(chosen).to.deep.equal({
      'camera/image_raw': '/arm/front/image_raw',
      'camera/camera_info': '/arm/front/camera_info',
      joint_states: '/arm/joint_states',
      robot_description: '/arm/robot_description',
    });
    expect(notices.join('\n')).to.include('by the end of its name').and.include('and not /arm/rear/depth');
    expect(missing).to.deep.equal(['camera/pose', 'sage/goal']);
  });

  it('are not guessed where two robots have one each', () => {
    const two = ['/a/robot_description String', '/b/robot_description String', '/a/joint_states JointState'];
    expect(choose(bagOf(two)).chosen).to.deep.equal({ joint_states: '/a/joint_states' });
  });

  it('of distances are no camera', () => {
    const depth = '/cam/depth/image_raw/compressedDepth CompressedImage';
    expect(refusal(bagOf([depth]))).to.match(/^SAGE_1009 .*compressedDepth is a depth image/);
    const { chosen } = choose(bagOf([depth, '/cam/color/image_raw/compressed CompressedImage']));
    expect(chosen).to.deep.equal({ 'camera/image_raw/compressed': '/cam/color/image_raw/compressed' });
  });

  it('without any messages do not count', () => {
    const raw = '/camera/image_raw';
    const topics = [`${raw} Image`, `${raw}/compressed CompressedImage`];
    expect(choose(bagOf(topics, 'cdr', [raw])).chosen).to.deep.equal({
      'camera/image_raw/compressed': `${raw}/compressed`,
    });
    expect(refusal(bagOf([`${raw} Image`], 'cdr', [raw]))).to.match(
      /^SAGE_1009 .*there are no messages on these/,
    );
  });

  it('list what is available if none fits', () => {
    expect(refusal(bagOf(['/tf TFMessage']))).to.match(/it has \/tf \(tf2_msgs.*JointState.* and found none/);
    expect(refusal(bagOf([]))).to.include('it has no topic');
    const joints = bagOf(['/joint_states JointState', '/tf TFMessage']);
    const asked = (name: string) => () =>
      chooseTopics(joints, { topics: {}, remap: new Map(), only: new Set([name]), complain: () => {} });
    expect(asked('/joint_state')).to.throw(SageError, '/joint_state (from --topics) is not in the bag');
    expect(asked('/tf')).to.throw(SageError, 'SAGE uses none of the --topics given (/tf)');
    expect(refusal(bagOf(['/joint_states JointState'], 'ros1'))).to.include('"ros1", not as in ROS 2');
  });

  it('are those of ROS 2', async () => {
    const folder = temporaryFolder();
    const path = folder.path('old.bag');
    writeFileSync(path, '#ROSBAG V2.0\nand more of it');
    let thrown: unknown;
    try {
      await openBag(path);
    } catch (error) {
      thrown = error;
    }
    folder.remove();
    expect((thrown as SageError).message).to.match(/^SAGE_1001 .*ROS 1 bag.*rosbags-convert/);
  });

  it('says so for a topic without a schema, whose type is unknown', () => {
    const bag = bagOf(['/joint_states JointState']);
    const bare = { ...bag, topics: bag.topics.map((topic) => ({ ...topic, type: '' })) };
    expect(refusal(bare)).to.include('SAGE_1005').and.to.include('/joint_states: it has no schema');
    const other = { ...bare, topics: bare.topics.map((topic) => ({ ...topic, topic: '/other' })) };
    expect(refusal(other)).to.include('SAGE_1009').and.to.include('/other (no schema)');
  });
});
