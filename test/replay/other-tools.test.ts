import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse as parseDefinition } from '@foxglove/rosmsg';
import { expect } from 'chai';
import { parse } from 'yaml';
import { projectRoot } from '../../scripts/env.mjs';
import { SageError } from '../../src/contracts/errors.js';
import { decoderOf } from '../../src/replay/decode.js';
import { openBag } from '../../src/replay/open-bag.js';
import { recordedQos } from '../../src/replay/recorded-qos.js';

/** What rosbag2 and the mcap command line wrote themselves; the README there says how. */
const BAGS = join(projectRoot, 'test/fixtures/bags');
const ROSBAG2 = join(BAGS, 'rosbag2');
const WHOLE = readdirSync(ROSBAG2).filter((name) => name !== 'killed' && name !== 'README.md');

interface Read {
  readonly topics: readonly { readonly topic: string; readonly qos: string }[];
  /** `a 20`: topic and number of each message, in order. */
  readonly said: readonly string[];
}

async function read(path: string, best_effort = false): Promise<Read> {
  const bag = await openBag(path, { best_effort, onFault: () => {} });
  const said = [...bag.read()].map(({ topic, data }) => {
    const { data: text } = decoderOf(topic)(data) as { data: string };
    const [name, number] = text.split(' ');
    expect(topic.topic).to.equal(`/${name}`);
    return `${name} ${number}`;
  });
  const { topics } = bag;
  bag.close();
  return { topics, said };
}

/** Numbers count over both topics: those of a whole recording follow each other. */
function expectInOrder(said: readonly string[]): void {
  const numbers = said.map((word) => Number(word.split(' ')[1])).filter((number) => number % 10 !== 0);
  const first = numbers[0]!;
  const last = numbers.at(-1)!;
  const all = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  expect(numbers).to.deep.equal(all.filter((number) => number % 10 !== 0));
}

describe('other tools', () => {
  for (const name of WHOLE) {
    it(`recorded ${name}, which is read whole, with the quality of service it was recorded with`, async () => {
      const { said, topics } = await read(join(ROSBAG2, name));
      const metadata = parse(readFileSync(join(ROSBAG2, name, 'metadata.yaml'), 'utf8'));
      const info = metadata.rosbag2_bagfile_information;
      expect(info).to.include({ version: 9, ros_distro: 'jazzy' });
      expect(said.length).to.equal(info.message_count).and.above(40);
      expectInOrder(said);
      const qos = topics.map(({ topic, qos: text }) => [topic, recordedQos(text)] as const);
      expect(Object.fromEntries(qos)).to.deep.equal({
        '/a': { depth: 10, reliable: true, latched: true },
        '/b': { depth: 10, reliable: false, latched: false },
      });
    });
  }

  it('left a recording without metadata when killed, which is refused, and read with best effort', async () => {
    const killed = join(ROSBAG2, 'killed');
    const refused = await read(killed).catch((thrown: unknown) => thrown);
    expect(refused).to.be.instanceOf(SageError).with.property('code', 'SAGE_1001');
    const { said } = await read(killed, true);
    expect(said).to.have.length.above(35);
    expectInOrder(said);
  });

  it('merge, filter and recover (the mcap command line) what is then read as before', async () => {
    const made = async (name: string): Promise<readonly string[]> =>
      (await read(join(BAGS, 'mcap-cli', `${name}.mcap`))).said;
    expect(await made('merged')).to.deep.equal((await read(join(ROSBAG2, 'mcap_split'))).said);
    const first = await read(join(ROSBAG2, 'mcap_split/mcap_split_0.mcap'));
    expect(await made('filtered_lz4')).to.deep.equal(first.said.filter((word) => word.startsWith('b')));
    const cut = await read(join(ROSBAG2, 'killed/killed_m_1.mcap'), true);
    expect(await made('recovered')).to.deep.equal(cut.said);
  });

  it('show the metabolic states by name: viewers take the constants right before a field of their type', () => {
    const text = readFileSync(join(projectRoot, 'msg/MetabolicState.msg'), 'utf8');
    const header = `${'='.repeat(80)}\nMSG: std_msgs/Header\nstring frame_id\n`;
    const { definitions } = parseDefinition(text + header, { ros2: true })[0]!;
    const state = definitions.findIndex(({ name }) => name === 'state');
    const before = definitions.slice(state - 5, state);
    expect(before.map(({ name, isConstant, type, value }) => [name, isConstant, type, value])).to.deep.equal(
      ['WAKE', 'FOCUS', 'REST', 'DREAM', 'CRISIS'].map((name, value) => [name, true, 'uint8', value]),
    );
  });
});
