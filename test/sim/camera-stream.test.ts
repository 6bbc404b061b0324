import { expect } from 'chai';
import { CameraStream } from '../../src/sim/camera-stream.js';
import { applyToSensors, noFaults } from '../../src/sim/physics/faults.js';

describe('sim: camera faults', () => {
  it('sends every frame where there is no fault', () => {
    const stream = new CameraStream(1);
    const fates = Array.from({ length: 50 }, (_, i) => stream.next(noFaults(0), i / 30));
    expect(fates.every((fate) => fate.kind === 'fresh' && !fate.truncated)).to.equal(true);
  });

  it('drops the share that is asked for, the same frames for the same seed', () => {
    const faults = { ...noFaults(0), drop_share: 0.3 };
    const run = (): string[] => {
      const stream = new CameraStream(4);
      return Array.from({ length: 1000 }, (_, i) => stream.next(faults, i / 30).kind);
    };
    expect(run().filter((kind) => kind === 'drop').length).to.be.within(250, 350);
    expect(run()).to.deep.equal(run());
  });

  it('repeats the last image while frozen, with a new stamp or its own', () => {
    for (const stamps of ['advance', 'frozen'] as const) {
      const stream = new CameraStream(1);
      const faults = noFaults(0);
      stream.next(faults, 0);
      applyToSensors(faults, { freeze: { for_s: 1, stamps } }, 1);
      expect(stream.next(faults, 1.5)).to.deep.equal({ kind: 'repeat', new_stamp: stamps === 'advance' });
      expect(stream.next(faults, 2.1).kind).to.equal('fresh');
    }
  });

  it('cannot repeat before there is an image', () => {
    const faults = noFaults(0);
    applyToSensors(faults, { freeze: { for_s: 1, stamps: 'advance' } }, 0);
    expect(new CameraStream(1).next(faults, 0.5).kind).to.equal('fresh');
  });

  it('is silent while off, and cuts images while that is asked for', () => {
    const stream = new CameraStream(1);
    const faults = noFaults(0);
    applyToSensors(faults, { camera_off: { for_s: 1 }, truncate: { for_s: 2 } }, 0);
    expect(stream.next(faults, 0.5).kind).to.equal('drop');
    expect(stream.next(faults, 1.5)).to.deep.equal({ kind: 'fresh', truncated: true });
    expect(stream.next(faults, 2.5)).to.deep.equal({ kind: 'fresh', truncated: false });
  });
});
