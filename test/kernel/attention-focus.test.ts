import { expect } from 'chai';
import { composeMind, type Extension } from '../../src/app/compose.js';
import type { AttendedPatch } from '../../src/contracts/attention.js';
import type { Effects } from '../../src/contracts/effects.js';
import type { AnyReading } from '../../src/contracts/observation.js';
import type { Parameters } from '../../src/contracts/parameters/index.js';
import { createVirtualRunner } from '../../src/irp/index.js';
import { VisionFaculty } from '../../src/kernel/faculties/vision.js';
import { LatestBuffers } from '../../src/kernel/latest-buffers.js';
import { Situation } from '../../src/kernel/situation.js';
import { TabletopWorld } from '../../src/sim/world.js';
import { noInference, parameters, picture, seen, urdf } from './tabletop.js';

const { grid_rows: rows, grid_columns: columns } = parameters.camera;
const world = new TabletopWorld({ ...parameters.sim, seed: 1 });

const sensed = (source: string, now_ms: number, embedding: Float32Array): AnyReading => ({
  kind: 'embedding',
  source,
  stamp_ms: now_ms,
  received_ms: now_ms,
  embedding,
  weights: null,
});

/** The whole mind in virtual time, 20 cycles a second. */
function mindWith(changes: Partial<Parameters['attention']>, extensions: readonly Extension[] = []) {
  const own = { ...parameters, attention: { ...parameters.attention, ...changes } };
  const { kernel, plugins } = composeMind(own, noInference, extensions);
  const runner = createVirtualRunner(plugins, { cost_ms: { attention: 0.02 }, default_cost_ms: 1 });
  const buffers = new LatestBuffers();
  let now_ms = 1e6;
  const cycle = async (readings: (now_ms: number) => readonly AnyReading[]): Promise<Effects> => {
    now_ms += 50;
    for (const reading of readings(now_ms)) buffers.put(reading);
    await runner.advance(50);
    const effects = kernel.cycle({ observations: buffers.drain(), now_ms, reports: runner.drain() });
    for (const command of effects.jobs) runner.submit(command);
    return effects;
  };
  return { kernel, cycle };
}

/** A plugin that looks at one source, and never gets done: it takes what it is granted. */
function watcher(id: string, source: string): Extension {
  const words = { state_space: 'R', noise_model: 'none', energy: 'x', coherence_contribution: 'none' };
  return {
    plugin: {
      id,
      declaration: words,
      resource: id === 'left' ? 'time' : 'llm',
      cost: { init_atp: 5, step_atp: 5 },
      limits: { max_steps: 1000, deadline_ms: 1e6, halt_eps: 0, halt_k: 3, feasible_margin: null },
      initState: () => 1,
      energy: (state: number) => state,
      step: (state: number) => state * 0.999,
      project: (state: number) => state,
      answer: (state: number) => state,
    },
    faculty: {
      plugin: id,
      offer: (_situation, running) => ({
        plugin: id,
        resource: id === 'left' ? 'time' : 'llm',
        sources: [source],
        task: null,
        goal_need: 0.2,
        running,
        last_result_ms: null,
      }),
      integrate: () => {},
    },
  };
}

/** A cell that stands out, or none, in an otherwise still picture with a little noise. */
function scene(cell: number | null, index: number): Float32Array {
  const embedding = new Float32Array(rows * columns * 3);
  for (let at = 0; at < embedding.length; at++) embedding[at] = 0.4 + 0.001 * Math.sin(at * 7 + index);
  if (cell !== null) embedding.fill(0.8, 3 * cell, 3 * cell + 3);
  return embedding;
}

/** A situation that knows its camera and its body. */
function placed(): Situation {
  const situation = new Situation(parameters);
  const common = { stamp_ms: 0, received_ms: 0 };
  const readings: AnyReading[] = [
    { kind: 'robot_description', source: 'robot_description', ...common, urdf },
    { kind: 'camera_info', source: 'camera_info', ...common, model: world.camera, frame_id: 'camera' },
    {
      kind: 'camera_pose',
      source: 'camera_pose',
      ...common,
      pose: world.cameraPose,
      frame_id: parameters.robot.base_frame,
    },
  ];
  situation.observe({ readings, faults: new Map(), dropped: new Map() }, 0);
  return situation;
}

function evidenceAt(situation: Situation, position_m: readonly [number, number, number]): AttendedPatch {
  const pixel = situation.pixelOf(position_m)!;
  const row = Math.floor((pixel[1] / world.camera.height) * rows);
  const column = Math.floor((pixel[0] / world.camera.width) * columns);
  return { source: 'camera', row, column, share: 0.9, surprise: 1, why: 'surprise' };
}

function attendTo(situation: Situation, evidence: readonly AttendedPatch[], now_ms: number): void {
  const shares = new Float32Array(rows * columns).fill(1 / (rows * columns));
  const map = { source: 'camera', rows, columns, shares };
  const rest = { sources: [], entropy_nats: 0, temperature: 0.1 };
  situation.attention.apply({ stamp_ms: now_ms, map, evidence, ...rest }, now_ms);
}

describe('kernel: what attention changes', () => {
  it('goes round the loop: the patch that changed is the evidence, in telemetry and in the record', async () => {
    const { kernel, cycle } = mindWith({});
    const cell = 4 * columns + 9;
    for (let index = 0; index < 60; index++) await cycle((now) => [picture(now, scene(null, index))]);
    expect(kernel.mind.situation.attention.shares.get('camera')).to.be.closeTo(1, 1e-9);
    expect(kernel.mind.situation.attention.evidence).to.deep.equal([]);
    const told: Effects[] = [];
    for (let index = 60; index < 70; index++)
      told.push(await cycle((now) => [picture(now, scene(cell, index))]));
    const [first] = kernel.mind.situation.attention.evidence;
    expect(first).to.include({ source: 'camera', row: 4, column: 9, why: 'surprise' });
    expect(first!.share).to.be.above(0.5);
    const telemetry = told
      .flatMap((effects) => effects.telemetry)
      .find(({ plugin }) => plugin === 'attention');
    expect(telemetry).to.include({ halt_reason: 'slope<eps' });
    expect(telemetry?.extra).to.have.keys(['temperature', 'entropy_nats']);
    for (let index = 70; index < 600; index++) {
      const { decision } = await cycle((now) => [picture(now, scene(cell, index))]);
      if (decision?.attention === undefined) continue;
      expect(decision.attention.shares).to.have.property('camera');
      return;
    }
    expect.fail('no decision record told of attention');
  });

  it('gives the plugin of the salient source a larger share of the budget than salience alone', async () => {
    const granted = async (enabled: boolean) => {
      const { cycle } = mindWith({ enabled }, [watcher('left', 'left'), watcher('right', 'right')]);
      const sums = { left: 0, right: 0 };
      for (let index = 0; index < 80; index++) {
        const lively = Float32Array.from({ length: 32 }, (_, at) => 0.5 * Math.sin(index * (at + 1)));
        const { jobs } = await cycle((now) => [
          sensed('left', now, new Float32Array(32)),
          sensed('right', now, lively),
        ]);
        for (const job of jobs) {
          if (index < 20 || job.kind !== 'grant') continue;
          if (job.job_id.startsWith('left')) sums.left += job.grant_matp;
          if (job.job_id.startsWith('right')) sums.right += job.grant_matp;
        }
      }
      return sums.right / (sums.left + sums.right);
    };
    const [without, withAttention] = [await granted(false), await granted(true)];
    expect(withAttention).to.be.above(without + 0.02);
  });

  it('takes, of several blocks that fit, the one where something was noticed; for a while', () => {
    const situation = placed();
    const answer = { stamp_ms: 10, robot_share: 0, confidence: 0.9 };
    const objects = [seen('red', 0.3, 0.12, 0.9), seen('red', 0.3, -0.12, 0.8)];
    situation.beliefs.integrate({ ...answer, objects }, 1, () => true);
    const named = () =>
      situation.beliefs.find({ colour: 'red', kind: null }, situation.pullAt)?.position_m[1];
    expect(named()).to.equal(0.12);
    attendTo(situation, [evidenceAt(situation, [0.3, -0.12, 0.02])], 0);
    expect(named()).to.equal(-0.12);
    situation.now_ms = 60_000;
    expect(named()).to.equal(0.12);
  });

  it('lets vision look at once when something was noticed, and wait when nothing was', () => {
    const offered = (evidence: readonly AttendedPatch[]) => {
      const situation = placed();
      const faculty = new VisionFaculty();
      const look = (now_ms: number) => {
        const readings = [picture(now_ms, scene(null, 0))];
        situation.observe({ readings, faults: new Map(), dropped: new Map() }, now_ms);
      };
      look(100);
      const task = faculty.offer(situation, false);
      const report = { status: 'failed', fault: null, best: undefined };
      faculty.integrate({ plugin: 'vision', finished: true, report } as never, situation);
      look(300);
      attendTo(situation, evidence, 300);
      return [task !== null, faculty.offer(situation, false) !== null];
    };
    const noticed: AttendedPatch = {
      ...{ source: 'camera', row: 1, column: 1 },
      ...{ share: 0.9, surprise: 1, why: 'surprise' },
    };
    expect(offered([])).to.deep.equal([true, false]);
    expect(offered([noticed])).to.deep.equal([true, true]);
    expect(offered([{ ...noticed, why: 'goal' }])).to.deep.equal([true, false]);
  });
});
