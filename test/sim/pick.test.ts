import { expect } from 'chai';
import { TabletopWorld } from '../../src/sim/world.js';
import { above, blockOf, go, pick } from './motions.js';

describe('sim: picking', () => {
  for (const seed of [1, 2, 3, 4, 5, 6]) {
    it(`lifts the red block of seed ${seed} without touching anything else`, () => {
      const world = new TabletopWorld({ seed });
      const before = world.truth().blocks;
      pick(world, 'red');
      const red = blockOf(world, 'red');
      expect(red.held).to.equal(true);
      expect(red.position_m[2]).to.be.within(0.12, 0.16);
      expect(world.truth().violations).to.deep.equal([]);
      for (const block of world.truth().blocks.filter(({ colour }) => colour !== 'red')) {
        expect(block).to.deep.equal(before.find(({ id }) => id === block.id));
      }
    });
  }

  it('shows a held object in the joint states: the fingers stall at its width', () => {
    const world = new TabletopWorld({ seed: 1 });
    pick(world, 'red');
    const fingers = world.jointState().position.slice(6);
    expect(fingers[0]! + fingers[1]!).to.be.closeTo(0.04, 1e-3);
    expect(world.jointState().velocity.slice(6)).to.deep.equal([0, 0]);
  });

  it('closes fully where nothing is', () => {
    const world = new TabletopWorld({ seed: 1, blocks: 0 });
    world.sendGripper([0, 0]);
    world.step(1);
    expect(world.truth().gripper_gap_m).to.equal(0);
  });

  it('turns a block flat onto the fingers when they close on it askew', () => {
    const world = new TabletopWorld({ seed: 1 });
    const { position_m, yaw_rad } = blockOf(world, 'red');
    const [x, y] = position_m;
    const askew = yaw_rad + 0.35;
    go(world, above(world, x, y, 0.12, askew));
    go(world, above(world, x, y, 0.02, askew));
    world.sendGripper([0, 0]);
    world.step(0.6);
    const red = blockOf(world, 'red');
    expect(red.held).to.equal(true);
    const turned = red.yaw_rad - askew;
    expect(Math.abs(turned - (Math.PI / 2) * Math.round(turned / (Math.PI / 2)))).to.be.below(0.03);
  });

  it('drops what it lets go of onto the table, upright', () => {
    const world = new TabletopWorld({ seed: 2 });
    pick(world, 'red');
    world.sendGripper([0.04, 0.04]);
    world.step(0.1);
    expect(blockOf(world, 'red').held).to.equal(false);
    expect(blockOf(world, 'red').on_table).to.equal(false);
    world.step(0.5);
    expect(blockOf(world, 'red').on_table).to.equal(true);
    expect(blockOf(world, 'red').position_m[2]).to.equal(0.02);
  });

  it('stacks: a block released above another rests on it', () => {
    const world = new TabletopWorld({ seed: 3 });
    const green = blockOf(world, 'green');
    pick(world, 'red');
    const [x, y] = green.position_m;
    go(world, above(world, x, y, 0.14, green.yaw_rad));
    go(world, above(world, x, y, 0.065, green.yaw_rad));
    world.sendGripper([0.04, 0.04]);
    world.step(0.6);
    expect(blockOf(world, 'red').position_m[2]).to.be.closeTo(0.06, 1e-6);
    expect(blockOf(world, 'green').position_m[2]).to.equal(0.02);
    expect(world.truth().violations).to.deep.equal([]);
  });

  it('pushes a block aside and reports it when a finger comes down on it', () => {
    const world = new TabletopWorld({ seed: 1 });
    const { position_m, yaw_rad } = blockOf(world, 'red');
    // one finger right above the middle of the block
    const [x, y] = [position_m[0] - 0.045 * Math.sin(-yaw_rad), position_m[1] - 0.045 * Math.cos(-yaw_rad)];
    go(world, above(world, x, y, 0.12, yaw_rad + Math.PI / 2));
    go(world, above(world, x, y, 0.02, yaw_rad + Math.PI / 2));
    const moved = blockOf(world, 'red').position_m;
    expect(Math.hypot(moved[0] - position_m[0], moved[1] - position_m[1])).to.be.above(0.005);
    expect(world.truth().violations.map(({ kind }) => kind)).to.include('block_hit');
    expect(blockOf(world, 'red').on_table).to.equal(true);
  });

  it('does not grip a block that lies too far to the side of the fingers', () => {
    const world = new TabletopWorld({ seed: 1 });
    const { position_m, yaw_rad } = blockOf(world, 'red');
    const [x, y] = [position_m[0] + 0.026 * Math.cos(yaw_rad), position_m[1] + 0.026 * Math.sin(yaw_rad)];
    go(world, above(world, x, y, 0.12, yaw_rad + Math.PI / 2));
    go(world, above(world, x, y, 0.02, yaw_rad + Math.PI / 2));
    world.sendGripper([0, 0]);
    world.step(0.6);
    go(world, above(world, x, y, 0.14, yaw_rad + Math.PI / 2));
    expect(blockOf(world, 'red').held).to.equal(false);
    expect(blockOf(world, 'red').on_table).to.equal(true);
  });
});
