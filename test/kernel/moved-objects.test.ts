import { expect } from 'chai';
import { explainDecision } from '../../src/app/explain.js';
import type { CameraModel, Pose } from '../../src/contracts/geometry.js';
import type { SeenObject } from '../../src/contracts/vision.js';
import { MovedObjects, type TableView } from '../../src/kernel/moved-objects.js';
import { MindRun, parametersWith } from './mind-run.js';
import { picture, seen } from './tabletop.js';

const ROWS = 12;
const COLUMNS = 16;
const CAMERA: CameraModel = { width: 640, height: 480, fx: 600, fy: 600, cx: 320, cy: 240, distortion: [] };
/** Straight above (0.35, 0), looking down: image right is −y, image down is −x. */
const POSE: Pose = { position_m: [0.35, 0, 0.8], orientation: [Math.SQRT1_2, -Math.SQRT1_2, 0, 0] };
const HERE: readonly [number, number] = [0.3, 0.1];
const THERE: readonly [number, number] = [0.4, -0.1];

/** The mind before a table that is painted cell by cell, with a vision that answers what is told. */
class TableRun {
  readonly run: MindRun;
  blocks: SeenObject[] = [seen('red', ...HERE)];
  /** Cells that do not look like the table. */
  painted = new Map<number, readonly [number, number, number]>();
  /** What `sage explain` says of each decision. */
  readonly explained: string[] = [];
  private turn = 0;

  constructor(settle_s = 0.5) {
    const calm = { metabolism: { profile: 'endurance' as const }, attention: { enabled: false } };
    this.run = new MindRun(parametersWith({ ...calm, salience: { settle_s } }));
    this.paint(HERE);
    this.run.put('camera_info', { model: CAMERA, frame_id: 'camera' });
    this.run.put('camera_pose', { pose: POSE, frame_id: 'base_link' });
  }

  /** A block fills the cell that shows the place. */
  paint([x, y]: readonly [number, number]): void {
    const column = Math.floor((320 - (y / 0.8) * 600) / 40);
    const row = Math.floor((240 - ((x - 0.35) / 0.8) * 600) / 40);
    this.painted.set(row * COLUMNS + column, [0.45, 0.42, 0.7]);
  }

  async cycles(count: number): Promise<void> {
    for (let index = 0; index < count; index++) await this.cycle();
  }

  async cycle(): Promise<void> {
    const { run } = this;
    const embedding = new Float32Array(ROWS * COLUMNS * 3);
    for (let cell = 0; cell < ROWS * COLUMNS; cell++)
      embedding.set(this.painted.get(cell) ?? [0.5, 0.5, 0.5], cell * 3);
    for (let at = 0; at < embedding.length; at += 7) embedding[at]! += (this.turn++ % 2) * 0.001;
    const { situation } = run.kernel.mind;
    // Vision answers every third picture, for the one before.
    if (this.turn % 3 === 0) {
      const answer = { stamp_ms: situation.now_ms, objects: this.blocks, robot_share: 0, confidence: 0.9 };
      situation.beliefs.integrate(answer, 1, () => true);
      situation.benign_change.moved_objects.noteSighting(answer, situation.beliefs.all, situation.calm);
    }
    const { frame, grid } = picture(0, embedding);
    run.put('camera', { frame, embedding, grid });
    const { decision } = await run.cycle();
    if (decision !== null) this.explained.push(explainDecision(decision));
  }

  get state(): string {
    return this.run.state;
  }
}

describe('kernel: a table that was rearranged', function () {
  this.timeout(240_000);

  /** A block lies elsewhere; the state when `for_s` have gone by. */
  async function moved(table: TableRun, for_s: number): Promise<string> {
    await table.cycles(60);
    expect(table.state).to.equal('WAKE');
    table.painted.clear();
    table.paint(THERE);
    table.blocks = [seen('red', ...THERE)];
    await table.cycle();
    expect(table.state).to.equal('CRISIS');
    await table.cycles(for_s * 20);
    return table.state;
  }

  it("is normal again within two seconds, once vision sees the block's new position", async () => {
    const table = new TableRun();
    expect(await moved(table, 1.8)).to.equal('WAKE');
    const reason = 'clear for 0.5 s; moved things have settled (2 places)';
    expect(table.run.transitions.at(-1)).to.include({ from: 'CRISIS', to: 'WAKE', reason });
    expect(table.explained.join('\n')).to.include(`CRISIS → WAKE: ${reason}`);
  });

  it('goes back to normal like everything else with settle_s 0', async () => {
    const table = new TableRun(0);
    expect(await moved(table, 10)).to.equal('CRISIS');
    table.run.put('operator', { request: 'resume', argument: '' });
    await table.cycles(40);
    expect(table.run.transitions.at(-1)?.reason).to.match(/^clear for [\d.]+ s$/);
  });
});

describe('kernel/moved-objects', () => {
  const cell = (row: number, column: number): number => row * COLUMNS + column;
  const view: TableView = {
    rows: ROWS,
    columns: COLUMNS,
    camera: CAMERA,
    pixelOf: ([x, y]) => [320 - (y / 0.8) * 600, 240 - ((x - 0.35) / 0.8) * 600],
    table_height_m: 0,
    object_height_m: 0.04,
  };
  const NOW_MS = 10_000;
  /** Both of the last looks were taken of what lies there now. */
  function looks(
    before: SeenObject[],
    first: SeenObject[],
    second = first,
    stamps = [9600, 9800],
  ): MovedObjects {
    const table = new MovedObjects();
    const answer = { robot_share: 0, confidence: 0.9 };
    table.noteSighting({ ...answer, stamp_ms: 5000, objects: before }, before, true);
    table.noteSighting({ ...answer, stamp_ms: stamps[0]!, objects: first }, first, false);
    table.noteSighting({ ...answer, stamp_ms: stamps[1]!, objects: second }, second, false);
    return table;
  }
  const surprising = (cells: readonly number[], for_s = 0.6): Float32Array =>
    Float32Array.from({ length: ROWS * COLUMNS }, (_, at) => (cells.includes(at) ? for_s : -1));
  const explained = (table: MovedObjects, seconds: Float32Array): readonly number[] =>
    table.explainedCells(seconds, 0.5, NOW_MS, view);

  // x 0.35, y 0 is the middle of the picture, between the cells of rows 5, 6 and columns 7, 8; 40 px are 53 mm.
  const MIDDLE = [cell(5, 7), cell(5, 8), cell(6, 7), cell(6, 8)];
  const here = seen('red', 0.35, 0);
  const away = seen('red', 0.2, 0.2);

  it("explains a duplicate at a block's current and previous position", () => {
    expect(explained(looks([away], [here]), surprising(MIDDLE))).to.deep.equal(MIDDLE);
    expect(explained(looks([here], []), surprising(MIDDLE))).to.deep.equal(MIDDLE);
  });

  it('reports what it has explained in a crisis, each place once, until it is over', () => {
    const table = looks([away, seen('blue', 0.2, -0.2)], [here, seen('blue', 0.2, -0.2)]);
    expect(table.explanation).to.equal(null);
    explained(table, surprising([...MIDDLE, cell(2, 3)]));
    expect(table.explanation, 'not all of it').to.equal(null);
    for (let turn = 0; turn < 2; turn++) explained(table, surprising(MIDDLE));
    expect(table.explanation).to.equal('moved things have settled (1 place)');
    table.reset();
    expect(table.explanation).to.equal(null);
  });

  it('explains nothing as long as anything else surprises, wherever it is', () => {
    for (const other of [cell(2, 3), cell(5, 10), cell(9, 7)])
      expect(explained(looks([away], [here]), surprising([...MIDDLE, other]))).to.deep.equal([]);
  });

  it('explains nothing that has not lain still', () => {
    expect(explained(looks([away], [here]), surprising(MIDDLE, 0.45))).to.deep.equal([]);
    const one = surprising(MIDDLE);
    one[MIDDLE[2]!] = 0;
    expect(explained(looks([away], [here]), one)).to.deep.equal([]);
  });

  it('explains nothing by looks of before it lay still, by one look alone, or by two that differ', () => {
    expect(explained(looks([away], [here], [here], [9300, 9800]), surprising(MIDDLE))).to.deep.equal([]);
    expect(explained(looks([away], [], [here]), surprising(MIDDLE))).to.deep.equal([]);
    expect(explained(looks([away], [seen('red', 0.37, 0)], [here]), surprising(MIDDLE))).to.deep.equal([]);
    expect(explained(looks([away], [seen('pink', 0.35, 0)], [here]), surprising(MIDDLE))).to.deep.equal([]);
  });

  it('explains nothing where a block is seen now and then, nor where none ever lay', () => {
    expect(explained(looks([here], [], [here]), surprising(MIDDLE))).to.deep.equal([]);
    expect(explained(looks([], []), surprising(MIDDLE))).to.deep.equal([]);
  });

  it('explains nothing at the edge of the picture, where hands come from', () => {
    const edge = seen('red', 0.35, 0.4);
    const cells = [cell(5, 0), cell(5, 1), cell(6, 0), cell(6, 1)];
    expect(explained(looks([away], [edge]), surprising(cells))).to.deep.equal([]);
  });
});
