import { expect } from 'chai';
import { basePointToPixel } from '../../src/robot/camera.js';
import { labelledFrame } from '../../src/sim/labelled.js';
import { INSTANCE, LABEL, type RenderedFrame } from '../../src/sim/scene/state.js';
import { TabletopWorld } from '../../src/sim/world.js';
import { pick } from './motions.js';

const at = (frame: RenderedFrame, u: number, v: number): number =>
  Math.round(v) * frame.width + Math.round(u);
const countOf = (values: Uint8Array, wanted: number): number =>
  values.reduce((sum, value) => sum + (value === wanted ? 1 : 0), 0);

describe('sim: camera picture', function () {
  // each world paints its table first
  this.timeout(240_000);
  let world: TabletopWorld;
  let frame: RenderedFrame;
  before(() => {
    world = new TabletopWorld({ seed: 3, noise: 0 });
    frame = world.render(true);
  });

  it('is 640 × 480 in rgb8', () => {
    expect([frame.width, frame.height, frame.data.length]).to.deep.equal([640, 480, 921600]);
  });

  it('shows each block where the camera model says, in its colour', () => {
    const { classes, instances } = frame.labels!;
    const strongest: Record<string, number> = { red: 0, green: 1, blue: 2 };
    for (const block of world.truth().blocks) {
      const [x, y, z] = block.position_m;
      const [u, v] = basePointToPixel(world.camera, world.cameraPose, [x, y, z + 0.02])!;
      const pixel = at(frame, u, v);
      expect(instances[pixel]).to.equal(INSTANCE.first_block + block.id);
      expect(classes[pixel]).to.equal(LABEL.block);
      const rgb = [...frame.data.slice(pixel * 3, pixel * 3 + 3)];
      const channel = strongest[block.colour];
      if (channel !== undefined) expect(rgb.indexOf(Math.max(...rgb))).to.equal(channel);
      else expect(Math.min(rgb[0]!, rgb[1]!) - rgb[2]!).to.be.above(60);
    }
  });

  it('draws blocks about as large as they are', () => {
    const focal = world.camera.fx;
    for (const block of world.truth().blocks) {
      const [x, y, z] = world.cameraPose.position_m;
      const [bx, by, bz] = block.position_m;
      const side_px = (focal * 0.04) / Math.hypot(bx - x, by - y, bz - z);
      const area = countOf(frame.labels!.instances, INSTANCE.first_block + block.id);
      expect(area / side_px ** 2).to.be.within(1, 2);
    }
  });

  it('shows the base of the robot at its pose', () => {
    const [u, v] = basePointToPixel(world.camera, world.cameraPose, [0.09, 0, 0.012])!;
    expect(frame.labels!.classes[at(frame, u, v)]).to.equal(LABEL.robot);
  });

  it('is darker in the shadow of a block than beside it', () => {
    const bare = new TabletopWorld({ seed: 3, noise: 0, blocks: 0 }).render().data;
    let darker = 0;
    for (let i = 0; i < 640 * 480; i++) {
      if (frame.labels!.instances[i] !== INSTANCE.background) continue;
      if (bare[i * 3 + 1]! - frame.data[i * 3 + 1]! > 15) darker++;
    }
    expect(darker).to.be.above(150);
  });

  it('has the noise that was asked for, another in each frame, the same for the same world', () => {
    const noisy = new TabletopWorld({ seed: 3, noise: 0.008 });
    const [first, second] = [noisy.render().data, noisy.render().data];
    const sigmaOf = (image: Uint8Array): number =>
      Math.sqrt(image.reduce((sum, value, i) => sum + (value - frame.data[i]!) ** 2, 0) / image.length);
    expect(sigmaOf(first)).to.be.closeTo(0.008 * 255, 0.1);
    expect(first).not.to.deep.equal(second);
    expect(new TabletopWorld({ seed: 3, noise: 0.008 }).render().data).to.deep.equal(first);
    const strong = new TabletopWorld({ seed: 3, noise: 0.1 }).render().data;
    expect(sigmaOf(strong)).to.be.within(20, 27);
  });

  it('follows the light', () => {
    const dim = new TabletopWorld({ seed: 3, noise: 0 });
    dim.obey({ exposure: 0.4 });
    const mean = (data: Uint8Array): number => data.reduce((sum, value) => sum + value, 0) / data.length;
    expect(mean(dim.render().data)).to.be.below(0.8 * mean(frame.data));
  });

  it('leaves no trace of what has moved on', () => {
    const moved = new TabletopWorld({ seed: 3, noise: 0 });
    moved.hand(0.3);
    for (let i = 0; i < 12; i++) {
      moved.step(0.1);
      moved.render();
    }
    while (moved.truth().hand_present) moved.step(0.1);
    moved.step(1);
    expect(moved.render().data).to.deep.equal(frame.data);
  });
});

describe('sim: hand', function () {
  // each world paints its table first
  this.timeout(240_000);
  it('is in the picture from when the truth says so until it does not', () => {
    const world = new TabletopWorld({ seed: 4, noise: 0 });
    world.step(0.5);
    world.hand(0.4);
    let seen = 0;
    let most = 0;
    for (let i = 0; i < 40; i++) {
      world.step(0.08);
      const pixels = countOf(world.render(true).labels!.classes, LABEL.hand);
      const { hand_present } = world.truth();
      if (pixels > 30) expect(hand_present).to.equal(true);
      if (!hand_present) expect(pixels).to.be.below(30);
      if (hand_present) seen++;
      most = Math.max(most, pixels);
    }
    expect(seen).to.be.within(5, 38);
    expect(most).to.be.above(5000);
  });

  it('comes in at about 1 m/s', () => {
    const world = new TabletopWorld({ seed: 4 });
    world.hand(3);
    const place = (): number[] => [3, 7].map((k) => world.state().hand![k]!);
    world.step(0.05);
    const before = place();
    world.step(0.1);
    const after = place();
    expect(Math.hypot(after[0]! - before[0]!, after[1]! - before[1]!) / 0.1).to.be.within(0.8, 1.2);
  });
});

describe('sim: labelled frames', function () {
  // each world paints its table first
  this.timeout(240_000);
  it('are the same for the same seed and number, and touch nothing', () => {
    const [a, b] = [labelledFrame(9, 2), labelledFrame(9, 2)];
    expect(a.frame.data).to.deep.equal(b.frame.data);
    expect(a.truth.violation_count).to.equal(0);
    expect(labelledFrame(9, 3).truth.blocks).not.to.deep.equal(a.truth.blocks);
  });

  it('show a held block as a block', () => {
    const world = new TabletopWorld({ seed: 2, noise: 0 });
    pick(world, 'red');
    const pixels = countOf(world.render(true).labels!.instances, INSTANCE.first_block);
    expect(pixels).to.be.above(100);
  });
});
