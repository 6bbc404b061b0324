import { expect } from 'chai';
import type { AnyReading } from '../../src/contracts/observation.js';
import { faultObservation, observationMessage, readObservation } from '../../src/ros/observation-message.js';

const base = { stamp_ms: 1_700_000_000_123, received_ms: 1_700_000_000_125 };
const pose = { position_m: [1, 2, 3], orientation: [0, 0, 0, 1] } as const;
const model = { width: 640, height: 480, fx: 500, fy: 501, cx: 320, cy: 240, distortion: [0, 0, 0, 0, 0] };

const readings: readonly AnyReading[] = [
  { kind: 'joints', source: 'joints', ...base, names: ['a'], position: [0.1], velocity: [] },
  { kind: 'battery', source: 'battery', ...base, fraction: null, charging: true },
  { kind: 'emergency_stop', source: 'emergency_stop', ...base, pressed: true },
  { kind: 'goal', source: 'goal', ...base, goal_id: 'g', text: 'go home', priority: 1, deadline_s: 0 },
  { kind: 'operator', source: 'operator', ...base, request: 'stop', argument: '' },
  { kind: 'robot_description', source: 'robot_description', ...base, urdf: '<robot/>' },
  { kind: 'camera_info', source: 'camera_info', ...base, model, frame_id: 'optical' },
  { kind: 'camera_pose', source: 'camera_pose', ...base, pose, frame_id: 'base_link' },
  {
    kind: 'sound',
    source: 'audio',
    ...base,
    embedding: Float32Array.from([0.5, 0.25]),
    samples: Float32Array.from([0, 1, -1]),
    sample_rate_hz: 16000,
  },
  {
    kind: 'embedding',
    source: 'skin',
    ...base,
    embedding: Float32Array.from([0.5, 0.25]),
    weights: Float32Array.from([1, 0]),
  },
  {
    kind: 'camera',
    source: 'camera',
    ...base,
    frame: {
      width: 2,
      height: 1,
      step: 6,
      encoding: 'rgb8',
      data: Uint8Array.from([1, 2, 3, 4, 5, 6]),
      frame_id: 'optical',
    },
    embedding: Float32Array.from([0.1, 0.2, 0.3]),
    grid: { rows: 1, columns: 1, channels: 3 },
  },
];

describe('sage/msg/Observation', () => {
  for (const reading of readings) {
    it(`carries a reading of ${reading.kind} there and back`, () => {
      const observed = readObservation(observationMessage(reading), 'topic');
      expect(observed.kind).to.equal('reading');
      if (observed.kind === 'reading') expect(observed.reading).to.deep.equal(reading);
    });
  }

  it('sends only what belongs to a view of a larger buffer', () => {
    const camera = readings.at(-1) as Extract<AnyReading, { kind: 'camera' }>;
    const large = new Uint8Array(1000).fill(9);
    const frame = { ...camera.frame, data: large.subarray(100, 106) };
    const { image } = observationMessage({ ...camera, frame });
    expect(image.data.buffer.byteLength).to.equal(6);
  });

  it('carries a fault', () => {
    const fault = { code: 'SAGE_201', where: 'camera/image_raw', text: 'image truncated: 1 of 2' } as const;
    expect(readObservation(faultObservation('camera', fault, 5), 'topic')).to.deep.equal({
      kind: 'fault',
      fault,
    });
  });

  const joints = observationMessage(readings[0]!);
  const camera = observationMessage(readings.at(-1)!);
  for (const [what, message] of [
    ['a payload that is no JSON', { ...joints, payload_json: '{"names":' }],
    ['a payload without its fields', { ...joints, payload_json: '{"received_ms":1}' }],
    [
      'a position that is not finite',
      { ...joints, payload_json: joints.payload_json.replace('0.1', 'null') },
    ],
    ['a kind that is not known', { ...joints, kind: 'constructor' }],
    ['an image cut short', { ...camera, image: { ...camera.image, data: new Uint8Array(2) } }],
    ['an embedding of the wrong length', { ...camera, embedding: new Float32Array(2) }],
    ['an embedding that is not finite', { ...camera, embedding: Float32Array.from([0, Number.NaN, 0]) }],
    ['a fault without a code of the catalogue', { ...joints, kind: 'fault', payload_json: '{"code":"X"}' }],
  ] as const) {
    it(`takes ${what} for a fault`, () => {
      const observed = readObservation(message, 'topic');
      expect(observed.kind).to.equal('fault');
      if (observed.kind === 'fault') expect(observed.fault.code).to.be.oneOf(['SAGE_208', 'SAGE_201']);
    });
  }
});
