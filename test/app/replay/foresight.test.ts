import { expect } from 'chai';
import type { BagFrame } from '../../../src/app/replay/bag-images.js';
import { Foresight } from '../../../src/app/replay/foresight.js';
import { noteOrigin } from '../../../src/app/replay/frame-origin.js';
import type {
  AnyIrpPlugin,
  IrpPlugin,
  JobCommand,
  JobReport,
  StepContext,
} from '../../../src/contracts/irp.js';
import type { CameraFrame } from '../../../src/contracts/observation.js';
import { createVirtualRunner } from '../../../src/irp/index.js';

/** A refinement starts every so many cycles and takes two steps of 10 ms each. */
const GAP = 4;
const CYCLE_MS = 50;
const STEPS = 2;

interface Task {
  readonly frame: CameraFrame;
  readonly stamp_ms: number;
  readonly height_m: number;
}
interface State {
  readonly value: number;
  readonly step: number;
  /** The value that it began with. */
  readonly of?: number;
}

/** The picture that a camera of one image per cycle shows: one byte. */
function frameAt(time_ms: number): CameraFrame {
  const data = Uint8Array.of((time_ms / CYCLE_MS) % 251);
  return { width: 1, height: 1, step: 1, encoding: 'mono8', data, frame_id: 'camera' };
}

/** Counts what is asked of it; its states follow from the picture and the height alone. */
class Looker implements IrpPlugin<Task, State, number> {
  readonly id = 'looker';
  readonly declaration = { state_space: '', noise_model: '', energy: '', coherence_contribution: '' };
  readonly resource = 'vision';
  readonly cost = { init_atp: 1, step_atp: 1 };
  readonly limits = { max_steps: STEPS, deadline_ms: 1e6, halt_eps: 0, halt_k: 3, feasible_margin: null };
  /** By the pixel of the picture. */
  readonly begun: number[] = [];
  readonly disposed: number[] = [];
  draws = false;
  fails_ahead = false;

  async initState({ frame, height_m }: Task, { random, signal }: StepContext): Promise<State> {
    const pixel = frame.data[0] ?? -1;
    this.begun.push(pixel);
    await new Promise((resolve) => setImmediate(resolve));
    if (this.fails_ahead && signal === this.ahead) throw new Error('the host was busy');
    return { value: pixel + height_m + (this.draws ? random() : 0), step: 0 };
  }

  async step({ value, step }: State): Promise<State> {
    await new Promise((resolve) => setImmediate(resolve));
    return { value: value * 2, step: step + 1 };
  }

  /** The signal of what is begun ahead, as a test knows it. */
  ahead: AbortSignal | null = null;

  energy({ value, step }: State): number {
    return value / (step + 1) ** 3;
  }
  project(state: State): State {
    return { ...state };
  }
  answer({ value }: State): number {
    return value;
  }
  dispose({ value }: State): void {
    this.disposed.push(value);
  }
  halt?: NonNullable<IrpPlugin<Task, State, number>['halt']>;
}

interface Run {
  readonly reports: readonly JobReport[];
  readonly plugin: Looker;
}

interface RunOptions {
  /** Told of frames that are done with. */
  readonly done?: (frame: CameraFrame) => void;
  readonly foresight: boolean;
  /** Cycles in which a refinement starts. */
  readonly starts: readonly number[];
  readonly prepare?: (plugin: Looker) => void;
  /** The frame that is foreseen for a time; by default the right one. */
  readonly foreseen?: (time_ms: number) => BagFrame | null;
  readonly heightAt?: (cycle: number) => number;
  /** The frame that is asked for. */
  readonly asked?: (time_ms: number) => CameraFrame;
}

/** Runs refinements in virtual time, one cycle after the other. */
async function run(options: RunOptions): Promise<Run> {
  const { foresight: on, starts, prepare, foreseen, heightAt, done, asked = frameAt } = options;
  const plugin = new Looker();
  prepare?.(plugin);
  const right = (time_ms: number): BagFrame => ({ stamp_ms: time_ms, frame: frameAt(time_ms) });
  const foresight = new Foresight({
    frameAt: async (time_ms) => (foreseen ?? right)(time_ms),
    done: done ?? (() => {}),
    timeOf: (cycle) => cycle * CYCLE_MS,
  });
  const seen: AnyIrpPlugin = on ? foresight.over(plugin) : plugin;
  const runner = createVirtualRunner([seen], { cost_ms: { looker: 10 } });
  const reports: JobReport[] = [];
  for (let cycle = 0; cycle <= (starts.at(-1) ?? 0) + 2; cycle++) {
    await runner.advance(CYCLE_MS);
    reports.push(...runner.drain());
    if (!starts.includes(cycle)) continue;
    const time_ms = cycle * CYCLE_MS;
    const task = { frame: asked(time_ms), stamp_ms: time_ms, height_m: heightAt?.(cycle) ?? 0 };
    const command: JobCommand = {
      kind: 'start',
      job_id: `job-${String(cycle).padStart(4, '0')}`,
      plugin: 'looker',
      task,
      grant_matp: 1e6,
      max_steps: STEPS,
      seed: cycle,
    };
    runner.submit(command);
    foresight.asked([command], cycle);
    for (let turn = 0; turn < 40; turn++) await foresight.breathe();
  }
  runner.close();
  await foresight.close();
  return { reports, plugin };
}

const RHYTHM = Array.from({ length: 12 }, (_, index) => index * GAP);

/** Of how many refinements more than once was begun, or what nobody asked for. */
function begunTwice({ begun }: Looker): number {
  return begun.length - new Set(begun).size;
}

describe('foresight', () => {
  it('comes to the same as without, and begins nothing twice while the rhythm lasts', async () => {
    const plain = await run({ foresight: false, starts: RHYTHM });
    const ahead = await run({ foresight: true, starts: RHYTHM });
    expect(ahead.reports).to.deep.equal(plain.reports);
    expect(plain.reports.some(({ best }) => best !== undefined)).to.equal(true);
    expect(begunTwice(ahead.plugin)).to.equal(0);
  });

  it('begins refinements before they are asked for', async () => {
    const { plugin } = await run({ foresight: true, starts: RHYTHM.slice(0, 3) });
    // Asked for: cycles 0, 4 and 8. Begun besides: the next ones.
    expect(plugin.begun.slice(0, 3)).to.deep.equal([0, 4, 8]);
    expect(plugin.begun).to.include.members([12, 16]);
  });

  it('frees unrequested results', async () => {
    const { plugin } = await run({ foresight: true, starts: RHYTHM });
    expect(plugin.disposed).to.have.length(plugin.begun.length);
  });

  for (const slow of [false, true]) {
    it(`frees once, by the latest state, what halts earlier than was foreseen${slow ? ', and is under way' : ''}`, async () => {
      const made = new Set<string>();
      const freed: string[] = [];
      const prepare = (plugin: Looker): void => {
        const { initState, step } = plugin;
        plugin.initState = async (task, context) => {
          const state = await initState.call(plugin, task, context);
          made.add(`${state.value} 0`);
          return { ...state, of: state.value };
        };
        plugin.step = async (state) => {
          const turns = slow && state.of === 24 && state.step === 1 ? 1000 : 0;
          for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
          const after = { ...(await step.call(plugin, state)), of: state.of ?? -1 };
          made.add(`${after.of} ${after.step}`);
          return after;
        };
        plugin.dispose = ({ of, step: last }) => {
          for (let at = 0; at <= last; at++) freed.push(`${of} ${at}`);
        };
        plugin.halt = (_energies, { of, step: done }) =>
          done === 1 && of === 24 ? { reason: 'slope<eps', detail: 'at once' } : null;
      };
      const plain = await run({ foresight: false, starts: RHYTHM, prepare });
      const steps = plain.reports.filter(({ status }) => status === 'halted').map((report) => report.steps);
      expect(steps).to.include.members([1, 2]);
      made.clear();
      freed.length = 0;
      const ahead = await run({ foresight: true, starts: RHYTHM, prepare });
      expect(ahead.reports).to.deep.equal(plain.reports);
      expect(freed.sort()).to.deep.equal([...made].sort());
    });
  }

  it('is done with each frame that it foresaw once, when nothing of its refinement is left', async () => {
    const frames: CameraFrame[] = [];
    const done: CameraFrame[] = [];
    const foreseen = (time_ms: number): BagFrame => {
      frames.push(frameAt(time_ms));
      return { stamp_ms: time_ms, frame: frames.at(-1)! };
    };
    const plain = await run({ foresight: false, starts: RHYTHM });
    const ahead = await run({
      foresight: true,
      starts: RHYTHM,
      foreseen,
      done: (frame) => {
        done.push(frame);
        frame.data.fill(255);
      },
    });
    expect(ahead.reports).to.deep.equal(plain.reports);
    expect(frames.length).to.be.greaterThan(RHYTHM.length - 3);
    expect(new Set(done)).to.deep.equal(new Set(frames));
    expect(done).to.have.length(frames.length);
  });

  it('reads no pixels of a frame that is known to be of the same message', async () => {
    const piece = {};
    let read = 0;
    const asked = (time_ms: number): CameraFrame => {
      const { data, ...form } = frameAt(time_ms);
      const frame: CameraFrame = {
        ...form,
        get data() {
          read += 1;
          return data;
        },
      };
      noteOrigin(frame, { piece, at: time_ms });
      return frame;
    };
    const foreseen = (time_ms: number): BagFrame => {
      const frame = frameAt(time_ms);
      noteOrigin(frame, { piece, at: time_ms });
      return { stamp_ms: time_ms, frame };
    };
    const plain = await run({ foresight: false, starts: RHYTHM });
    const ahead = await run({ foresight: true, starts: RHYTHM, foreseen, asked });
    expect(ahead.reports).to.deep.equal(plain.reports);
    // The first two: there is no rhythm before.
    expect(read).to.equal(2);
  });

  it('continues if a plugin cannot free unrequested results', async () => {
    let failed = 0;
    const { reports } = await run({
      foresight: true,
      starts: RHYTHM,
      prepare: (looker) => {
        looker.dispose = ({ value }) => {
          // Those that were asked for end with a pixel of at most 44, doubled twice.
          if (value <= 4 * 44) return;
          failed += 1;
          throw new Error('the slot is gone');
        };
      },
    });
    expect(failed).to.be.greaterThan(0);
    expect(reports.filter(({ fault }) => fault !== null)).to.have.length(0);
  });

  it('comes to the same where the rhythm changes', async () => {
    const starts = [0, 4, 8, 9, 11, 13, 24, 35, 39, 43, 47];
    const plain = await run({ foresight: false, starts });
    const ahead = await run({ foresight: true, starts });
    expect(ahead.reports).to.deep.equal(plain.reports);
    expect(ahead.plugin.disposed).to.have.length(ahead.plugin.begun.length);
  });

  it('uses nothing that was started for another image', async () => {
    const wrong = (time_ms: number): BagFrame => ({ stamp_ms: time_ms, frame: frameAt(time_ms + CYCLE_MS) });
    const plain = await run({ foresight: false, starts: RHYTHM });
    const ahead = await run({ foresight: true, starts: RHYTHM, foreseen: wrong });
    expect(ahead.reports).to.deep.equal(plain.reports);
    expect(ahead.plugin.begun.length).to.be.greaterThan(plain.plugin.begun.length);
  });

  it('uses nothing that was started for a task that has changed since', async () => {
    const heightAt = (cycle: number): number => (cycle < 20 ? 0 : 1);
    const plain = await run({ foresight: false, starts: RHYTHM, heightAt });
    const ahead = await run({ foresight: true, starts: RHYTHM, heightAt });
    expect(ahead.reports).to.deep.equal(plain.reports);
    expect(begunTwice(ahead.plugin)).to.be.greaterThan(0);
  });

  it('leaves alone what draws random numbers: those come with the refinement', async () => {
    const prepare = (plugin: Looker): void => {
      plugin.draws = true;
    };
    const plain = await run({ foresight: false, starts: RHYTHM, prepare });
    const ahead = await run({ foresight: true, starts: RHYTHM, prepare });
    expect(ahead.reports).to.deep.equal(plain.reports);
    expect(ahead.reports.every(({ fault }) => fault === null)).to.equal(true);
  });

  it('does again what failed ahead of its time', async () => {
    const prepare = (plugin: Looker): void => {
      const { initState } = plugin;
      plugin.initState = async (task, context) => {
        const stale = plugin.begun.length % 3 === 2 && !plugin.begun.includes(task.frame.data[0] ?? -1);
        const state = await initState.call(plugin, task, context);
        if (stale) throw new Error('the host was busy');
        return state;
      };
    };
    const plain = await run({ foresight: false, starts: RHYTHM });
    const ahead = await run({ foresight: true, starts: RHYTHM, prepare });
    expect(ahead.plugin.begun.length).to.be.greaterThan(plain.plugin.begun.length);
    expect(ahead.reports.filter(({ fault }) => fault !== null)).to.have.length(0);
    expect(ahead.reports).to.deep.equal(plain.reports);
  });
});
