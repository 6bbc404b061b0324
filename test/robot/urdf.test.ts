import { expect } from 'chai';
import fc from 'fast-check';
import { SageError } from '../../src/contracts/errors.js';
import { parseUrdf } from '../../src/robot/urdf.js';
import { ARM_NAMES, readArm } from './arms.js';

/** The error that parsing throws; fails where there is none. */
function refusal(xml: string): SageError {
  try {
    parseUrdf(xml);
  } catch (thrown) {
    expect(thrown).to.be.instanceOf(SageError);
    return thrown as SageError;
  }
  throw new Error(`was accepted: ${xml.slice(0, 200)}`);
}

const link = (name: string, body = ''): string => `<link name="${name}">${body}</link>`;
const joint = (name: string, parent: string, child: string, body = '', type = 'fixed'): string =>
  `<joint name="${name}" type="${type}"><parent link="${parent}"/><child link="${child}"/>${body}</joint>`;
const robot = (...parts: string[]): string => `<robot name="r">${parts.join('')}</robot>`;

describe('parseUrdf', () => {
  it('reads links, joints, limits, shapes, colours and mimics', () => {
    const model = parseUrdf(readArm('six-axis'));
    expect(model.root).to.equal('world');
    expect(model.order[0]).to.equal('world');
    expect(model.order).to.have.length(model.links.size);
    const lift = model.joints.get('shoulder_lift_joint')!;
    expect(lift.limits).to.deep.equal({ lower: -6.2832, upper: 6.2832, velocity: 3.1, effort: 150 });
    expect(lift.axis).to.deep.equal([0, 0, 1]);
    expect(model.joints.get('right_finger_joint')!.mimic).to.deep.equal({
      joint: 'left_finger_joint',
      multiplier: 1,
      offset: 0,
    });
    const base = model.links.get('base_link')!;
    expect(base.collision[0]!.shape).to.deep.equal({ kind: 'cylinder', radius_m: 0.07, length_m: 0.1 });
    expect(base.visual[0]!.rgba).to.deep.equal([0.6, 0.6, 0.65, 1]);
  });

  it('reads meshes and names with blanks, slashes and dashes', () => {
    const model = parseUrdf(readArm('seven-axis'));
    expect(model.links.has('hand tcp')).to.equal(true);
    expect(model.joints.get('Joint D')!.parent).to.equal('lr/link3');
    expect(model.links.get('finger-L')!.collision[0]!.shape.kind).to.equal('mesh');
  });

  it('keeps limits that are not given as null', () => {
    const xml = robot(link('a'), link('b'), joint('j', 'a', 'b', '<limit effort="1"/>', 'revolute'));
    expect(parseUrdf(xml).joints.get('j')!.limits).to.deep.equal({
      lower: null,
      upper: null,
      velocity: null,
      effort: 1,
    });
  });

  it('skips comments, declarations and what other tools put into the file', () => {
    const xml = `<?xml version="1.0"?>\n<!-- <!DOCTYPE is only a word here -->${robot(
      link('a'),
      '<gazebo reference="a"><joint name="x"/></gazebo>',
      '<ros2_control name="c" type="system"><joint name="j1"/></ros2_control>',
    )}`;
    expect([...parseUrdf(xml).links.keys()]).to.deep.equal(['a']);
  });

  it('skips shapes without a size, and visuals that it cannot read', () => {
    const shapes = [
      '<visual><geometry><box size="0 0 0"/></geometry></visual>',
      '<visual><geometry><teapot/></geometry></visual>',
      '<visual><material/><material/><geometry><sphere radius="1"/></geometry></visual>',
      '<collision><geometry><sphere radius="0"/></geometry></collision>',
      '<collision><geometry><box size="0.1 0.2 0"/></geometry></collision>',
    ];
    const { visual, collision } = parseUrdf(robot(link('a', shapes.join('')))).links.get('a')!;
    expect(visual).to.deep.equal([]);
    expect(collision.map(({ shape }) => shape.kind)).to.deep.equal(['box']);
  });

  it('takes a joint that follows a fixed one for fixed, and a mobile base for one that may be anywhere', () => {
    const model = parseUrdf(
      `\uFEFF${robot(
        ...['odom', 'a', 'b', 'c', 'd'].map((name) => link(name)),
        joint('drive', 'odom', 'a', '', 'planar'),
        joint('float', 'odom', 'd', '', 'floating'),
        joint('held', 'a', 'b'),
        joint('follower', 'a', 'c', '<mimic joint="held" multiplier="-1"/>', 'revolute'),
      )}`,
    );
    expect(model.joints.get('follower')).to.include({ kind: 'fixed', mimic: null, free: false });
    expect(model.joints.get('drive')).to.include({ kind: 'fixed', free: true });
    expect(model.joints.get('float')).to.include({ kind: 'fixed', free: true });
  });

  const entities = Array.from({ length: 20 }, (_, i) => `<!ENTITY e${i + 1} "&e${i};&e${i};&e${i};&e${i};">`);
  const bomb = `<!DOCTYPE robot [<!ENTITY e0 "ha">${entities.join('')}]><robot name="&e20;">${link('a')}</robot>`;
  const refused: Record<string, [xml: string, says: RegExp]> = {
    'an empty text': ['', /Start tag/],
    'text that is no XML': ['not a robot', /not expected/],
    'a cut-off file': [readArm('six-axis').slice(0, 2000), /SAGE_302/],
    'a wrong root': ['<sdf version="1.6"></sdf>', /<sdf>/],
    'two roots': [robot(link('a')) + robot(link('b')), /root/],
    'an entity-expansion bomb': [bomb, /document type/],
    'an external entity': [
      `<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]>${robot(link('a'))}`,
      /document type/,
    ],
    'no links': ['<robot name="r"/>', /no links/],
    'a comment without an end': [`${robot(link('a'))}<!-- `, /comment/],
    'a text beyond the bound': [robot(link('a'), ' '.repeat(1_000_001)), /at most 1000000/],
    'too many links': [robot(...Array.from({ length: 1001 }, (_, i) => link(`l${i}`))), /1001 links/],
    'elements nested too deep': [`${'<a>'.repeat(200)}${'</a>'.repeat(200)}`, /SAGE_302/],
    'a link named twice': [robot(link('a'), link('a')), /link "a".*twice/],
    'a joint named twice': [
      robot(link('a'), link('b'), link('c'), joint('j', 'a', 'b'), joint('j', 'b', 'c')),
      /joint "j".*twice/,
    ],
    'a link without a name': [robot('<link/>'), /no attribute "name"/],
    'a joint to an unknown link': [robot(link('a'), joint('j', 'a', 'ghost')), /"ghost".*does not exist/],
    'a joint without a parent': [
      robot(link('a'), '<joint name="j" type="fixed"><child link="a"/></joint>'),
      /no <parent>/,
    ],
    'a link with two parents': [
      robot(link('a'), link('b'), link('c'), joint('j', 'a', 'c'), joint('k', 'b', 'c')),
      /already hangs/,
    ],
    'several roots': [robot(link('a'), link('b')), /2 root links: "a", "b"/],
    'a loop without a root': [
      robot(link('a'), link('b'), joint('j', 'a', 'b'), joint('k', 'b', 'a')),
      /no link is the root/,
    ],
    'a loop beside a root': [
      robot(link('r'), link('a'), link('b'), joint('j', 'a', 'b'), joint('k', 'b', 'a')),
      /loop of joints/,
    ],
    'an unknown joint type': [robot(link('a'), link('b'), joint('j', 'a', 'b', '', 'screw')), /type "screw"/],
    'NaN in an origin': [
      robot(link('a'), link('b'), joint('j', 'a', 'b', '<origin xyz="0 nan 0"/>')),
      /joint "j".*"nan" is not a finite number/,
    ],
    'infinity in a limit': [
      robot(link('a'), link('b'), joint('j', 'a', 'b', '<limit upper="inf"/>', 'revolute')),
      /"inf"/,
    ],
    'a number too large': [
      robot(link('a'), link('b'), joint('j', 'a', 'b', '<limit upper="1e999"/>', 'revolute')),
      /"1e999"/,
    ],
    'an xacro that was not expanded': [
      // biome-ignore lint/suspicious/noTemplateCurlyInString: this is what an unexpanded xacro holds
      robot(link('a'), link('b'), joint('j', 'a', 'b', '<origin rpy="0 ${pi/2} 0"/>')),
      /pi\/2.*xacro/,
    ],
    'two numbers where three belong': [
      robot(link('a'), link('b'), joint('j', 'a', 'b', '<origin xyz="0 1"/>')),
      /has not 3 numbers/,
    ],
    'a zero axis': [
      robot(link('a'), link('b'), joint('j', 'a', 'b', '<axis xyz="0 0 0"/>', 'revolute')),
      /<axis> is zero/,
    ],
    'crossed limits': [
      robot(link('a'), link('b'), joint('j', 'a', 'b', '<limit lower="1" upper="-1"/>', 'revolute')),
      /above the upper/,
    ],
    'a mimic of nothing': [
      robot(link('a'), link('b'), joint('j', 'a', 'b', '<mimic joint="x"/>', 'revolute')),
      /mimics "x"/,
    ],
    'mimics in a circle': [
      robot(
        link('a'),
        link('b'),
        link('c'),
        joint('j', 'a', 'b', '<mimic joint="k"/>', 'revolute'),
        joint('k', 'b', 'c', '<mimic joint="j"/>', 'revolute'),
      ),
      /circle/,
    ],
    'a shape of less than no size': [
      robot(link('a', '<collision><geometry><sphere radius="-0.1"/></geometry></collision>')),
      /below zero/,
    ],
    'a shape that is not known': [
      robot(link('a', '<collision><geometry><cone radius="1"/></geometry></collision>')),
      /<cone>/,
    ],
    'a collision without geometry': [robot(link('a', '<collision/>')), /no <geometry>/],
  };
  for (const [what, [xml, says]] of Object.entries(refused)) {
    it(`refuses ${what}`, () => {
      const error = refusal(xml);
      expect(error.code).to.equal('SAGE_302');
      expect(error.message).to.match(says);
      expect(error.message.length).to.be.below(600);
    });
  }

  it('either reads a damaged description or refuses it with SAGE_302, and nothing else', () => {
    const texts = ARM_NAMES.map(readArm);
    fc.assert(
      fc.property(
        fc.constantFrom(...texts),
        fc.array(fc.tuple(fc.nat(), fc.nat(40), fc.string({ maxLength: 8 })), { minLength: 1, maxLength: 6 }),
        (text, cuts) => {
          let damaged = text;
          for (const [at, size, put] of cuts) {
            const start = at % damaged.length;
            damaged = damaged.slice(0, start) + put + damaged.slice(start + size);
          }
          try {
            const model = parseUrdf(damaged);
            expect(model.order).to.have.length(model.links.size);
          } catch (thrown) {
            expect((thrown as SageError).code).to.equal('SAGE_302');
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});
