import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { loadConfiguration, loadParameters, parameterLeaves } from '../../src/app/config.js';
import { checkValue } from '../../src/app/config-value.js';
import { remapArguments } from '../../src/app/topics.js';
import { SageError } from '../../src/contracts/errors.js';
import { defaultParameters, parametersSchema } from '../../src/contracts/parameters/index.js';

describe('configuration files', () => {
  let folder = '';
  let files = 0;
  const write = (text: string): string => {
    files += 1;
    const path = join(folder, `config-${files}.yaml`);
    writeFileSync(path, text);
    return path;
  };
  const refuse = (text: string): SageError => {
    const path = write(text);
    try {
      loadParameters([path]);
    } catch (thrown) {
      expect(thrown).to.be.instanceOf(SageError);
      expect((thrown as SageError).message)
        .to.include(path)
        .and.not.include('\n');
      return thrown as SageError;
    }
    throw new Error(`accepted: ${text}`);
  };

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'sage-config-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('are optional: without any, everything has its default', () => {
    expect(loadParameters([])).to.deep.equal(defaultParameters());
  });

  it('overlay each other in order, and only where they say something', () => {
    const first = write('robot:\n  tip_frame: gripper\n  speed_scale: 0.2\n');
    const second = write('robot.speed_scale: 0.3\nkernel: {rate_hz: 50}\n');
    const { parameters, set } = loadConfiguration([first, second]);
    expect(parameters.robot.tip_frame).to.equal('gripper');
    expect(parameters.robot.speed_scale).to.equal(0.3);
    expect(parameters.kernel.rate_hz).to.equal(50);
    expect(parameters.robot.base_frame).to.equal(defaultParameters().robot.base_frame);
    expect(set).to.deep.equal(['kernel.rate_hz', 'robot.speed_scale', 'robot.tip_frame']);
  });

  for (const [what, text] of [
    ['for every node', '/**:\n  ros__parameters:\n    robot:\n      tip_frame: hand\n'],
    ['for our node', 'sage:\n  ros__parameters:\n    robot.tip_frame: hand\n'],
    ['for our node by its full name', '/sage:\n  ros__parameters:\n    robot.tip_frame: hand\n'],
    ['for our node in a namespace', 'left:\n  sage:\n    ros__parameters:\n      robot.tip_frame: hand\n'],
    [
      'beside sections of other nodes',
      'other:\n  ros__parameters:\n    robot.gain: 3\nsage:\n  ros__parameters:\n    robot.tip_frame: hand\n',
    ],
  ] as const) {
    it(`may be ROS parameter files ${what}`, () => {
      expect(loadParameters([write(text)]).robot.tip_frame).to.equal('hand');
    });
  }

  it("may give the robot's own names of topics, which become remaps", () => {
    const nested = write('topics:\n  camera/image_raw: /wrist/color/image_raw\n');
    const section = write('/**:\n  ros__parameters:\n    topics: {joint_states: arm/joint_states}\n');
    const { topics } = loadConfiguration([nested, section]);
    expect(remapArguments(topics)).to.deep.equal([
      '-r',
      'camera/image_raw:=/wrist/color/image_raw',
      '-r',
      'joint_states:=arm/joint_states',
    ]);
    expect(refuse('topics:\n  camera/image: /x\n').detail).to.include("'camera/image_raw'");
    expect(refuse('topics:\n  joint_states: /2x\n').code).to.equal('SAGE_104');
    expect(refuse('topics:\n  joint_states: a b --ros-args\n').code).to.equal('SAGE_104');
    expect(refuse('topics: /x\n').code).to.equal('SAGE_104');
  });

  it('may set use_sim_time, which every ROS node has', () => {
    const path = write('/**:\n  ros__parameters:\n    use_sim_time: true\n');
    expect(loadConfiguration([path]).use_sim_time).to.equal(true);
    expect(refuse('use_sim_time: 1\n').code).to.equal('SAGE_104');
  });

  it('may be empty, hold comments alone, or an empty group', () => {
    for (const text of ['', '# nothing yet\n', 'robot:\n', '/**:\n  ros__parameters:\n']) {
      expect(loadParameters([write(text)]), text).to.deep.equal(defaultParameters());
    }
  });

  it('stop at an unknown key with file, line, key and the nearest known one', () => {
    const error = refuse('robot:\n  base_frame: base\n  tip_fram: hand\n');
    expect(error.code).to.equal('SAGE_101');
    expect(error.where).to.match(/:3$/);
    expect(error.detail).to.include("'robot.tip_fram'").and.include("'robot.tip_frame'");
  });

  for (const [text, key, near] of [
    ['tip_frame: hand\n', "'tip_frame'", "'robot.tip_frame'"],
    ['robto:\n  tip_frame: hand\n', "'robto'", "'robot'"],
    ['camera.tip_frame: hand\n', "'camera.tip_frame'", "'robot.tip_frame'"],
    ['kernel:\n  rate_zh: 3\n', "'kernel.rate_zh'", "'kernel.rate_hz'"],
  ] as const) {
    it(`name the nearest key for ${key}`, () => {
      const error = refuse(text);
      expect(error.code).to.equal('SAGE_101');
      expect(error.detail).to.include(key).and.include(near);
    });
  }

  it('stop at a section that only other nodes read, since a misspelt node name would be lost', () => {
    const error = refuse('sgae:\n  ros__parameters:\n    robot.tip_frame: hand\n');
    expect(error.code).to.equal('SAGE_101');
    expect(error.detail).to.include('/sgae'.slice(1));
  });

  for (const [text, line, value, allowed] of [
    ['kernel:\n  rate_hz: 1000\n', 2, '1000', '1 to 200 Hz'],
    ['kernel:\n  rate_hz: .nan\n', 2, 'NaN', '1 to 200 Hz'],
    ['kernel:\n  rate_hz: .inf\n', 2, 'Infinity', '1 to 200 Hz'],
    ['robot.approach_axis: [0, 0, 2]\n', 1, '[0,0,2]', 'element 3: allowed: -1 to 1'],
    ['robot.approach_axis: [0, 1]\n', 1, '[0,1]', 'expected 3 numbers, got 2'],
    ['robot.arm_interface: atuo\n', 1, '"atuo"', "auto, topic, action; the nearest is 'auto'"],
    ['models.providers: [cudaa, cpu]\n', 1, '["cudaa","cpu"]', "the nearest is 'cuda'"],
    ['models.providers: [TensorrtExecutionProvider]\n', 1, 'Provider', "the nearest is 'tensorrt'"],
  ] as const) {
    it(`refuse a value outside its range: ${text.trim().replace(/\s+/g, ' ')}`, () => {
      const error = refuse(text);
      expect(error.code).to.equal('SAGE_102');
      expect(error.where).to.match(new RegExp(`:${line}$`));
      expect(error.detail).to.include(value).and.include(allowed);
    });
  }

  for (const text of [
    'kernel.rate_hz: fast\n',
    'kernel.seed: 1.5\n',
    'node.autostart: yes\n',
    'node.robot_id: 7\n',
    'robot.joints: elbow\n',
    'robot.joints: [1, 2]\n',
    'robot.base_frame: {a: 1}\n',
    'robot.base_frame:\n',
    'robot: 5\n',
    'robot: [1, 2]\n',
  ]) {
    it(`refuse a value of the wrong type: ${text.trim()}`, () => {
      expect(refuse(text).code).to.equal('SAGE_104');
    });
  }

  for (const [what, text] of [
    ['a key twice', 'robot:\n  tip_frame: a\n  tip_frame: b\n'],
    ['a key twice, nested and dotted', 'robot:\n  tip_frame: a\nrobot.tip_frame: b\n'],
    ['broken YAML', 'robot: {tip_frame: a\n'],
    ['several documents', 'robot.tip_frame: a\n---\nrobot.tip_frame: b\n'],
    ['a list at the top', '- 1\n- 2\n'],
    ['a sentence', 'pick up the red block\n'],
    ['an alias', 'robot: &r\n  tip_frame: a\nrobot.base_frame: *r\n'],
    ['aliases of aliases', 'a: &a [x, x]\nb: &b [*a, *a]\nrobot.joints: [*b, *b]\n'],
    ['endless nesting', `robot: ${'['.repeat(50_000)}\n`],
    ['more bytes than any configuration has', `# ${'x'.repeat(65_536)}\n`],
  ] as const) {
    it(`refuse ${what}`, () => {
      expect(refuse(text).code).to.equal('SAGE_103');
    });
  }

  it('refuse a file or folder that cannot be read', () => {
    for (const path of [join(folder, 'none.yaml'), folder]) {
      expect(() => loadParameters([path])).to.throw(
        SageError,
        /^SAGE_103 .*(no such file|operation on a directory)/,
      );
    }
  });
});

describe('the check of a value', () => {
  it('accepts exactly what the schema accepts', () => {
    const leaves = parameterLeaves();
    const value = fc.oneof(
      fc.double(),
      fc.integer({ min: -5, max: 300 }),
      fc.boolean(),
      fc.string({ maxLength: 5000 }),
      fc.constantFrom('auto', 'topic', 'halt', 'default', null),
      fc.array(fc.double({ min: -12, max: 12 }), { maxLength: 70 }),
      fc.array(fc.string({ maxLength: 300 }), { maxLength: 70 }),
    );
    fc.assert(
      fc.property(fc.nat(leaves.length - 1), value, (index, given) => {
        const leaf = leaves[index]!;
        const [group = '', name = ''] = leaf.path.split('.');
        const accepted = parametersSchema.safeParse({ [group]: { [name]: given } }).success;
        expect(checkValue(leaf, given) === null, `${leaf.path} = ${JSON.stringify(given)}`).to.equal(
          accepted,
        );
      }),
      { numRuns: 500 },
    );
  });

  it('accepts every default', () => {
    for (const leaf of parameterLeaves()) expect(checkValue(leaf, leaf.default), leaf.path).to.equal(null);
  });
});
