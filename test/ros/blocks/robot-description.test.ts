import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import type { AnyReading } from '../../../src/contracts/observation.js';
import { defaultParameters } from '../../../src/contracts/parameters/index.js';
import { shaped } from '../../../src/meshes/shape.js';
import { isFitted } from '../../../src/robot/fitted-shapes.js';
import type { SensorNode } from '../../../src/ros/block.js';
import { robotDescriptionBlock } from '../../../src/ros/blocks/robot-description.js';
import { binaryStl, rodTriangles } from '../../meshes/solids.js';

const urdfOf = (file: string): string =>
  `<robot name="r"><link name="a"><collision><geometry><mesh filename="${file}"/></geometry></collision></link></robot>`;

describe('the block of the robot description', function () {
  this.timeout(60_000);
  let root = '';
  const before = process.env.XDG_CACHE_HOME;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'sage-description-'));
    mkdirSync(join(root, 'arm'));
    writeFileSync(join(root, 'arm', 'rod.stl'), binaryStl(rodTriangles(0.02, 0.5)));
    process.env.XDG_CACHE_HOME = join(root, 'cache');
  });
  afterEach(() => {
    if (before === undefined) delete process.env.XDG_CACHE_HOME;
    else process.env.XDG_CACHE_HOME = before;
    rmSync(root, { recursive: true, force: true });
  });

  function blockOf(waits: boolean) {
    const urdfs: string[] = [];
    const sink = {
      put: (reading: AnyReading) => {
        if (reading.kind === 'robot_description') urdfs.push(reading.urdf);
        return true;
      },
      fault: () => {},
    };
    let hear = (_message: { data: string }): void => {};
    const node = {
      subscribeLatched: (_type: string, _topic: string, handler: typeof hear) => {
        hear = handler;
      },
    } as unknown as SensorNode;
    const parameters = defaultParameters();
    parameters.robot.mesh_paths = [root];
    const clock = { now_ms: () => 1000 };
    const block = robotDescriptionBlock({
      node,
      clock,
      sink,
      parameters,
      ...(waits ? { shapes: (urdf) => shaped(urdf, parameters) } : {}),
    });
    return { block, urdfs, hear: (data: string) => hear({ data }), row: () => block.health()[0] };
  }

  it('delivers a description without meshes, and one whose meshes are not found, as it comes', () => {
    const { urdfs, hear, row } = blockOf(false);
    hear(urdfOf('package://arm/rod.stl').replace(/<collision.*<\/collision>/, ''));
    expect(urdfs).to.have.length(1);
    expect(row()).to.include({ level: 'ok' });
    hear(urdfOf('package://arm/none.stl'));
    expect(urdfs[1]).to.equal(urdfOf('package://arm/none.stl'));
    expect(row()).to.include({ level: 'warn' });
    expect(row()?.message)
      .to.match(/^SAGE_305 /)
      .and.include(join(root, 'arm', 'none.stl'));
  });

  it('has shapes fitted without holding up its thread, and delivers the newest description alone', async () => {
    const { block, urdfs, hear, row } = blockOf(false);
    hear(urdfOf('package://arm/rod.stl'));
    hear(`${urdfOf('package://arm/rod.stl')}\n`);
    expect(urdfs, 'it waits for the thread').to.deep.equal([]);
    expect([block.busy?.(), row()?.message]).to.deep.equal([true, 'reading the meshes of the robot']);
    while (urdfs.length === 0) await delay(20);
    await delay(200);
    expect(urdfs).to.have.length(1);
    expect(isFitted(urdfs[0]!)).to.equal(true);
    expect(block.busy?.()).to.equal(false);
    expect(row()).to.include({ level: 'ok' });
  });

  it('delivers at once where it may hold up its thread, as for a bag', () => {
    const { urdfs, hear } = blockOf(true);
    hear(urdfOf('package://arm/rod.stl'));
    expect(urdfs.map(isFitted)).to.deep.equal([true]);
  });

  it('delivers nothing after it was closed', async () => {
    const { block, urdfs, hear } = blockOf(false);
    hear(urdfOf('package://arm/rod.stl'));
    block.close();
    await delay(3000);
    expect(urdfs).to.deep.equal([]);
  });
});
