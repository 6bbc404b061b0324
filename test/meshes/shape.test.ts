import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { shapeFolder } from '../../src/meshes/cache.js';
import { type ShapeOptions, shaped, shapedSoon } from '../../src/meshes/shape.js';
import { linkCapsules } from '../../src/robot/capsules.js';
import { parseUrdf } from '../../src/robot/urdf.js';
import { binaryStl, rodTriangles } from './solids.js';

const rod = Float64Array.from(rodTriangles(20, 500, [0, 0, 250]));

function urdfOf(collision: string, visual = ''): string {
  const mesh = (tag: string, file: string): string =>
    file === ''
      ? ''
      : `<${tag}><origin xyz="0 0.1 0"/><geometry><mesh filename="${file}" scale="0.001 0.001 0.001"/></geometry></${tag}>`;
  return `<robot name="r"><link name="base"><collision><geometry><sphere radius="0.1"/></geometry></collision></link>
    <link name="arm">${mesh('collision', collision)}${mesh('visual', visual)}</link><link name="tip"/>
    <joint name="j" type="revolute"><parent link="base"/><child link="arm"/><axis xyz="0 1 0"/>
      <limit lower="-1" upper="1" velocity="1" effort="1"/></joint>
    <joint name="t" type="fixed"><parent link="arm"/><child link="tip"/><origin xyz="0 0 0.6"/></joint></robot>`;
}

describe('shaped', function () {
  this.timeout(120_000);
  let root = '';
  const before = process.env.XDG_CACHE_HOME;
  const options = (): ShapeOptions => ({
    robot: { read_meshes: true, mesh_paths: [join(root, 'packages')] },
  });
  const put = (name: string, bytes: Uint8Array): void =>
    writeFileSync(join(root, 'packages', 'arm_description', name), bytes);
  const armOf = (urdf: string) =>
    linkCapsules(parseUrdf(urdf), { link_radius_m: 0.04, tip_frame: 'tip' }).get('arm')!;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'sage-shapes-'));
    mkdirSync(join(root, 'packages', 'arm_description'), { recursive: true });
    process.env.XDG_CACHE_HOME = join(root, 'cache');
  });
  afterEach(() => {
    if (before === undefined) delete process.env.XDG_CACHE_HOME;
    else process.env.XDG_CACHE_HOME = before;
    rmSync(root, { recursive: true, force: true });
  });

  it('puts capsules around a mesh where the link has it, in metres; held up or not it is the same', async () => {
    put('rod.stl', binaryStl(rod));
    const urdf = urdfOf('package://arm_description/rod.stl');
    const assumed = armOf(urdf);
    const soon = await shapedSoon(urdf, options());
    expect(soon.fault).to.equal(null);
    const [capsule, ...more] = armOf(soon.urdf);
    expect(more).to.deep.equal([]);
    expect(capsule).to.not.deep.equal(assumed[0]);
    expect(capsule!.radius_m).to.be.within(0.02, 0.025);
    expect([capsule!.a[1], capsule!.b[1]].every((y) => Math.abs(y - 0.1) < 0.005)).to.equal(true);
    expect(Math.max(capsule!.a[2], capsule!.b[2]) + capsule!.radius_m).to.be.within(0.5, 0.53);
    expect(shaped(urdf, options())).to.deep.equal(soon);
  });

  it('holds up its caller where that is asked for, keeps what it fitted, and reads it again', () => {
    put('rod.stl', binaryStl(rod));
    const first = shaped(urdfOf('package://arm_description/rod.stl'), options());
    expect(armOf(first.urdf)).to.have.length(1);
    const [kept, ...others] = readdirSync(shapeFolder());
    expect(others).to.deep.equal([]);
    // Another capsule there shows that what was kept is what counts.
    const own = [{ a: [0, 0, 0], b: [0, 0, 1], radius_m: 0.5 }];
    writeFileSync(join(shapeFolder(), kept!), JSON.stringify(own));
    const again = shaped(`${urdfOf('package://arm_description/rod.stl')}\n`, options());
    expect(armOf(again.urdf)[0]!.radius_m).to.be.closeTo(0.5, 1e-4);
    writeFileSync(join(shapeFolder(), kept!), 'cut o');
    const anew = shaped(`${urdfOf('package://arm_description/rod.stl')}\n\n`, options());
    expect(armOf(anew.urdf)).to.deep.equal(armOf(first.urdf));
  });

  it('leaves a description as it is where no mesh is found, and says which and where it looked', async () => {
    const urdf = urdfOf('package://arm_description/none.stl');
    for (const found of [shaped(urdf, options()), await shapedSoon(urdf, options())]) {
      expect(found.urdf).to.equal(urdf);
      expect(found.fault?.code).to.equal('SAGE_305');
      expect(found.fault?.text)
        .to.include('"arm"')
        .and.include(join(root, 'packages', 'arm_description', 'none.stl'));
    }
  });

  it('uses the visual mesh if the collision mesh is broken, and reports it if both are', () => {
    put('broken.stl', binaryStl(rod).subarray(0, 400));
    put('seen.stl', binaryStl(rod));
    const [broken, seen] = ['package://arm_description/broken.stl', 'package://arm_description/seen.stl'];
    const whole = shaped(urdfOf(broken, seen), options());
    expect(whole.fault).to.equal(null);
    expect(armOf(whole.urdf)[0]!.radius_m).to.be.below(0.04);
    const urdf = urdfOf(broken, broken);
    const none = shaped(urdf, options());
    expect(none.urdf).to.equal(urdf);
    expect(none.fault?.code).to.equal('SAGE_306');
    expect(none.fault?.text)
      .to.include('broken.stl')
      .and.include('cut off')
      .and.include('robot.link_radius_m');
  });

  it('reads nothing if disabled, if the shapes are present, or if the description is invalid', () => {
    put('rod.stl', binaryStl(rod));
    const urdf = urdfOf('package://arm_description/rod.stl');
    const { mesh_paths } = options().robot;
    expect(shaped(urdf, { robot: { read_meshes: false, mesh_paths } })).to.deep.equal({ urdf, fault: null });
    const fitted = shaped(urdf, options()).urdf;
    expect(shaped(fitted, { robot: { read_meshes: true, mesh_paths: [] } })).to.deep.equal({
      urdf: fitted,
      fault: null,
    });
    expect(shaped('<robot', options())).to.deep.equal({ urdf: '<robot', fault: null });
  });
});
