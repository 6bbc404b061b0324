import { expect } from 'chai';
import * as fc from 'fast-check';
import type { JointsReading } from '../../../src/contracts/observation.js';
import { defaultParameters } from '../../../src/contracts/parameters/index.js';
import type { SensorNode } from '../../../src/ros/block.js';
import { JointMerger, jointsBlock, usableState } from '../../../src/ros/blocks/joints.js';
import { CdrWriter } from '../../../src/ros/cdr.js';
import type { JointStateMessage } from '../../../src/ros/messages.js';

function state(
  joints: Readonly<Record<string, number>>,
  velocity: readonly number[] = [],
): JointStateMessage {
  return {
    header: { stamp: { sec: 0, nanosec: 0 }, frame_id: '' },
    name: Object.keys(joints),
    position: Object.values(joints),
    velocity,
  };
}

describe('JointMerger', () => {
  it('merges by name, in an order that does not depend on who spoke first', () => {
    const merger = new JointMerger(250);
    merger.take(state({ wrist: 3, elbow: 1 }), 1000);
    merger.take(state({ finger: 0.1 }), 1010);
    expect(merger.merged()).to.deep.equal({
      names: ['elbow', 'finger', 'wrist'],
      position: [1, 0.1, 3],
      velocity: [],
    });
    expect(merger.stamp_ms).to.equal(1010);
  });

  it('leaves a joint out once it is older than the bound', () => {
    const merger = new JointMerger(250);
    merger.take(state({ elbow: 1 }), 1000);
    merger.take(state({ finger: 0.1 }), 1250);
    expect(merger.merged().names).to.deep.equal(['elbow', 'finger']);
    merger.take(state({ finger: 0.1 }), 1251);
    expect(merger.merged().names).to.deep.equal(['finger']);
  });

  it('takes the later of two messages whatever order they arrive in', () => {
    const merger = new JointMerger(250);
    expect(merger.take(state({ elbow: 2 }), 1010)).to.equal(true);
    expect(merger.take(state({ elbow: 1 }), 1000)).to.equal(false);
    expect(merger.merged().position).to.deep.equal([2]);
  });

  it('derives a velocity where one driver gives it and another does not', () => {
    const merger = new JointMerger(250);
    merger.take(state({ elbow: 1 }, [0.5]), 1000);
    merger.take(state({ finger: 0.1 }), 1000);
    merger.take(state({ finger: 0.2 }), 1100);
    const { names, velocity } = merger.merged();
    expect(names).to.deep.equal(['elbow', 'finger']);
    expect(velocity[0]).to.equal(0.5);
    expect(velocity[1]).to.be.closeTo(1, 1e-9);
  });

  it('derives it over more than a step of the encoder, however often the driver speaks and however late its stamps are', () => {
    const merger = new JointMerger(250);
    const speed = 0.3;
    for (let message = 0; message <= 400; message++) {
      const stamp_ms = 1000 + message + (message % 3 === 0 ? 0.4 : 0);
      const position = Math.round((speed * message) / 1000 / 0.0015) * 0.0015;
      merger.take(state({ elbow: position, wrist: 0 }, [Number.NaN, 0]), stamp_ms);
      if (message > 20) expect(merger.merged().velocity[0], `${message}`).to.be.closeTo(speed, 0.11);
    }
  });

  it('derives the velocity of a joint whose driver says that it has none', () => {
    const merger = new JointMerger(250);
    merger.take(state({ elbow: 1, finger: 0.1 }, [0.5, Number.NaN]), 1000);
    merger.take(state({ finger: 0.2, elbow: 1.1 }, [Number.NaN, 0.4]), 1100);
    const { names, velocity } = merger.merged();
    expect(names).to.deep.equal(['elbow', 'finger']);
    expect(velocity[0]).to.equal(0.4);
    expect(velocity[1]).to.be.closeTo(1, 1e-9);
  });

  it('stays bounded whatever names it is sent', () => {
    const merger = new JointMerger(1e9);
    for (let index = 0; index < 1000; index++) merger.take(state({ [`joint ${index}`]: 0 }), 1000 + index);
    expect(merger.merged().names.length).to.be.at.most(256);
  });
});

describe('usableState', () => {
  it('treats NaN as a velocity nobody measures, and a joint with an infinite one as unmeasured', () => {
    const nan = state({ a: 0, b: 0 }, [0.1, Number.NaN]);
    expect(usableState(nan, null)).to.deep.equal({ message: nan, lost: [], fault: null });
    const infinite = usableState(state({ a: 0, b: 0 }, [0.1, Number.NEGATIVE_INFINITY]), null);
    expect(infinite.fault?.code).to.equal('SAGE_203');
    expect(infinite.lost).to.deep.equal(['b']);
  });

  it('keeps exactly the joints with finite values, and reports the others', () => {
    const value = fc.oneof(
      fc.double({ noNaN: false }),
      fc.constantFrom(Number.NaN, Number.NEGATIVE_INFINITY),
    );
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 8 }), (position) => {
        const joints = Object.fromEntries(position.map((each, index) => [`j${index}`, each]));
        const { message, lost, fault } = usableState(state(joints), null);
        expect(message.position).to.deep.equal(position.filter(Number.isFinite));
        expect([...message.name, ...lost]).to.have.members(Object.keys(joints));
        expect(fault?.code ?? null).to.equal(position.every(Number.isFinite) ? null : 'SAGE_203');
      }),
    );
  });

  it('does not reject the arm because of an inactive gripper, nor report other joints', () => {
    const ours = new Set(['elbow', 'finger']);
    const gripper = usableState(state({ elbow: 1, finger: Number.NaN }), ours);
    expect(gripper.message.name).to.deep.equal(['elbow']);
    expect(gripper.fault?.text).to.contain('position of finger is NaN');
    const wheel = usableState(state({ elbow: 1, wheel: Number.NaN }), ours);
    expect(wheel.message.name).to.deep.equal(['elbow']);
    expect(wheel.fault).to.equal(null);
  });

  it('passes over messages of velocities alone, as wheels have, but for joints of ours', () => {
    const spinning = (name: string): JointStateMessage => ({ ...state({ [name]: 0 }, [3]), position: [] });
    const ours = new Set(['elbow']);
    expect(usableState(spinning('wheel'), ours)).to.deep.include({ fault: null, lost: [] });
    expect(usableState(spinning('wheel'), ours).message.name).to.deep.equal([]);
    expect(usableState(spinning('elbow'), ours).fault?.code).to.equal('SAGE_208');
    expect(usableState(spinning('wheel'), null).fault?.code).to.equal('SAGE_208');
  });
});

describe('jointsBlock', () => {
  const START_MS = 1_700_000_000_000;

  /** The block with a clock to set, and what it delivers. */
  function block(robot: object) {
    const readings: JointsReading[] = [];
    const faults: (string | null)[] = [];
    const time = { now_ms: START_MS };
    let hear: (bytes: Uint8Array) => void = () => {};
    const parameters = defaultParameters();
    Object.assign(parameters.robot, robot);
    const node = {
      subscribeRaw: (_type: string, _topic: string, _qos: object, callback: (bytes: Uint8Array) => void) => {
        hear = callback;
      },
    };
    jointsBlock({
      node: node as unknown as SensorNode,
      clock: { now_ms: () => time.now_ms },
      sink: {
        put: (reading) => {
          readings.push(reading as JointsReading);
          return true;
        },
        fault: (_source, found) => faults.push(found?.code ?? null),
      },
      parameters,
    });
    const send = (joints: Readonly<Record<string, number>>, stamp_ms: number): void => {
      const writer = new CdrWriter().uint32(Math.floor(stamp_ms / 1000));
      writer.uint32(Math.round((stamp_ms % 1000) * 1e6)).text('');
      hear(writer.texts(Object.keys(joints)).float64List(Object.values(joints)).uint32(0).uint32(0).finish());
    };
    return { readings, faults, time, send };
  }

  it('drops a joint without a value at once, and reports it once', () => {
    const { readings, faults, time, send } = block({ joints: ['elbow', 'wrist'] });
    send({ elbow: 1, wrist: 2 }, time.now_ms);
    for (let count = 0; count < 3; count++) {
      time.now_ms += 10;
      send({ elbow: 1, wrist: Number.NaN }, time.now_ms);
    }
    expect(readings.map(({ names }) => names.join())).to.deep.equal([
      'elbow,wrist',
      'elbow',
      'elbow',
      'elbow',
    ]);
    expect(faults).to.deep.equal(['SAGE_203']);
    time.now_ms += 10;
    send({ elbow: 1, wrist: 2 }, time.now_ms);
    expect(faults).to.deep.equal(['SAGE_203', null]);
  });

  it('accepts stamps of a clock that started with the driver only if configured', () => {
    const strict = block({});
    strict.send({ elbow: 1 }, 12_000);
    expect(strict.faults).to.deep.equal(['SAGE_209']);
    const { readings, faults, time, send } = block({ joint_stamps: 'own_clock' });
    send({ elbow: 1 }, 12_000);
    // Late on its way by 7 ms: it was measured 10 ms after the first all the same.
    time.now_ms += 17;
    send({ elbow: 1.1 }, 12_010);
    expect(readings.map(({ stamp_ms }) => stamp_ms - START_MS)).to.deep.equal([0, 10]);
    // One that repeats its stamp is not measured anew.
    time.now_ms += 10;
    send({ elbow: 1.1 }, 12_010);
    expect(readings).to.have.length(2);
    // The driver starts again, and counts from zero.
    time.now_ms += 3000;
    send({ elbow: 1.2 }, 40);
    expect(readings.at(-1)?.stamp_ms).to.equal(time.now_ms);
    expect(faults).to.deep.equal([]);
  });
});
