import { expect } from 'chai';
import { linkCapsules, shapeOrigins } from '../../src/robot/capsules.js';
import { addElements, addFitted, isFitted, meshLinks, splitFitted } from '../../src/robot/fitted-shapes.js';
import type { Capsule } from '../../src/robot/robot-model.js';
import { parseUrdf } from '../../src/robot/urdf.js';
import { refusal } from '../refusal.js';
import { readArm } from './arms.js';

const mesh = (file: string): string =>
  `<geometry><mesh filename="${file}" scale="0.001 0.001 0.001"/></geometry>`;
const shape = (tag: string, geometry: string): string => `<${tag}>${geometry}</${tag}>`;
const ball = '<geometry><sphere radius="0.1"/></geometry>';
const robot = (inside: string): string => `<robot name="r"><link name="a &amp; b">${inside}</link></robot>`;

const capsules: readonly Capsule[] = [
  { a: [0.123456789, -0.2, 1 / 3], b: [0, 0.000004, -0.00001], radius_m: 0.0123456 },
  { a: [0, 0, 0], b: [0, 0, 0], radius_m: 0.07 },
];

describe('shapes of meshes in a description', () => {
  it('come back as they were written, never smaller', () => {
    const urdf = robot(shape('collision', mesh('a.stl')));
    const fitted = addFitted(urdf, [{ link: 'a & b', capsules, sha256: 'f'.repeat(64) }]);
    expect([isFitted(urdf), isFitted(fitted)]).to.deep.equal([false, true]);
    const read = parseUrdf(fitted).links.get('a & b')!.fitted!;
    expect(read).to.have.length(2);
    for (const [index, { a, b, radius_m }] of read.entries()) {
      const was = capsules[index]!;
      for (const [is, before] of [
        [a, was.a],
        [b, was.b],
      ] as const) {
        const off_m = Math.hypot(...is.map((value, k) => value - before[k]!));
        expect(radius_m - was.radius_m).to.be.within(off_m, 3e-5);
      }
    }
  });

  it('come apart from the description that was published, and together again', () => {
    const urdf = robot(`${shape('collision', mesh('a.stl'))}\n`);
    const fitted = addFitted(urdf, [
      { link: 'a & b', capsules, sha256: 'f'.repeat(64) },
      { link: 'a "c" <b>', capsules, sha256: '0'.repeat(64) },
    ]);
    const { published, elements } = splitFitted(fitted);
    expect(published).to.equal(urdf);
    expect(elements.match(/<sage_capsules /g)).to.have.length(2);
    expect(addElements(published, elements)).to.equal(fitted);
    expect(splitFitted(urdf)).to.deep.equal({ published: urdf, elements: '' });
  });

  it('take the place of what is assumed of a link, and stand beside its primitives', () => {
    const options = { link_radius_m: 0.04, tip_frame: 'none' };
    const urdf = robot(shape('collision', mesh('a.stl')) + shape('collision', ball));
    expect(linkCapsules(parseUrdf(urdf), { ...options, tip_frame: 'a & b' }).get('a & b')).to.have.length(1);
    const fitted = parseUrdf(addFitted(urdf, [{ link: 'a & b', capsules, sha256: '' }]));
    expect(linkCapsules(fitted, { ...options, tip_frame: 'a & b' }).get('a & b')).to.have.length(3);
  });

  it('are asked for where a link has meshes: those of collisions, else those that are seen', () => {
    const choices = (inside: string): string[][] =>
      meshLinks(parseUrdf(robot(inside))).flatMap((link) =>
        link.choices.map((parts) => parts.map(({ filename }) => filename)),
      );
    const seen = shape('visual', mesh('seen.dae'));
    expect(choices(seen)).to.deep.equal([['seen.dae']]);
    expect(choices(seen + shape('collision', mesh('own.stl')))).to.deep.equal([['own.stl'], ['seen.dae']]);
    expect(choices(seen + shape('collision', ball))).to.deep.equal([]);
    expect(choices(seen + shape('visual', ball))).to.deep.equal([]);
    expect(choices('')).to.deep.equal([]);
  });

  it('are counted, and so are the links whose shape is assumed', () => {
    const urdf = readArm('seven-axis');
    const options = { link_radius_m: 0.04, tip_frame: 'hand tcp' };
    const before = shapeOrigins(parseUrdf(urdf), options);
    expect(before.meshes).to.equal(0);
    expect(before.assumed).to.include('lr/link2');
    const after = shapeOrigins(
      parseUrdf(addFitted(urdf, [{ link: 'lr/link2', capsules, sha256: '' }])),
      options,
    );
    expect(after.meshes).to.equal(1);
    expect(after.assumed).to.not.include('lr/link2');
    expect(after.assumed).to.have.length(before.assumed.length - 1);
  });

  it('are refused where they are none', () => {
    const withElement = (element: string): string => robot('').replace('</robot>', `${element}</robot>`);
    for (const [element, text] of [
      ['<sage_capsules link="c" capsules="0 0 0 0 0 0 1"/>', 'no such link'],
      ['<sage_capsules link="a &amp; b" capsules="0 0 0 0 0 1"/>', 'no capsule'],
      ['<sage_capsules link="a &amp; b" capsules="0 0 0 0 0 x 1"/>', 'no capsule'],
      ['<sage_capsules link="a &amp; b" capsules="0 0 0 0 0 0 0"/>', 'no capsule'],
      ['<sage_capsules link="a &amp; b"/>', 'capsules'],
    ] as const) {
      expect(refusal(() => parseUrdf(withElement(element))))
        .to.match(/^SAGE_302 /)
        .and.include(text);
    }
  });
});
