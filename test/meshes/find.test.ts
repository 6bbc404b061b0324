import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { findMesh, placesOf } from '../../src/meshes/find.js';

describe('findMesh', () => {
  let root = '';
  const put = (...path: string[]): string => {
    const file = join(root, ...path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, 'a mesh');
    return file;
  };
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'sage-meshes-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const name = 'package://arm_description/meshes/link 1.stl';

  it('finds packages in robot.mesh_paths, in shares of AMENT_PREFIX_PATH, and in ROS_PACKAGE_PATH, in this order', () => {
    const env = { AMENT_PREFIX_PATH: `/nowhere:${join(root, 'ws')}`, ROS_PACKAGE_PATH: join(root, 'src') };
    const places = placesOf([join(root, 'own')], null, env);
    expect(findMesh(name, places).path).to.equal(null);
    for (const path of [
      ['src', 'arm_description'],
      ['ws', 'share', 'arm_description'],
      ['own', 'arm_description'],
    ]) {
      const file = put(...path, 'meshes', 'link 1.stl');
      expect(findMesh(name, places)).to.deep.equal({ path: file });
    }
  });

  it('accepts the package folder, its install prefix, and the package containing the URDF', () => {
    const file = put('arm_description', 'meshes', 'link 1.stl');
    expect(findMesh(name, placesOf([join(root, 'arm_description')], null, {})).path).to.equal(file);
    const beside = join(root, 'arm_description', 'urdf', 'real');
    expect(findMesh(name, placesOf([], beside, {})).path).to.equal(file);
    const installed = put('prefix', 'share', 'arm_description', 'meshes', 'link 1.stl');
    expect(findMesh(name, placesOf([join(root, 'prefix')], null, {})).path).to.equal(installed);
  });

  it('finds absolute names, file:// with any number of slashes, and relative ones beside the URDF', () => {
    const file = put('arm', 'meshes', 'link 1.stl');
    const none = placesOf([], null, {});
    for (const given of [file, `file://${file}`, `file:///${file}`, `file://${encodeURI(file)}`])
      expect(findMesh(given, none).path, given).to.equal(file);
    expect(findMesh('meshes/link 1.stl', placesOf([], join(root, 'arm'), {})).path).to.equal(file);
    expect(findMesh('meshes/link 1.stl', placesOf([join(root, 'arm')], null, {})).path).to.equal(file);
    expect(findMesh('meshes/link 1.stl', none).path).to.equal(null);
  });

  it('says where it looked, and looks at nothing but files, and not over the network', () => {
    put('arm_description', 'meshes', 'link 1.stl', 'within.txt');
    const missing = findMesh(name, placesOf([root], null, {}));
    expect(missing.path).to.equal(null);
    expect('looked' in missing && missing.looked).to.include(
      join(root, 'arm_description', 'meshes', 'link 1.stl'),
    );
    const nowhere = findMesh(name, placesOf([], null, {}));
    expect('looked' in nowhere && nowhere.looked).to.include('robot.mesh_paths');
    const remote = findMesh('https://example.org/a.stl', placesOf([root], null, {}));
    expect('looked' in remote && remote.looked).to.include('network');
  });
});
