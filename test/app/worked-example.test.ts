import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Extension } from '../../src/app/compose.js';
import { loadExtensions } from '../../src/app/extensions.js';
import { ThreadRunner } from '../../src/app/refinement/thread-runner.js';
import { packageRoot } from '../../src/app/root.js';
import type { JobReport } from '../../src/contracts/irp.js';
import type { Telemetry } from '../../src/contracts/telemetry.js';
import { telemetrySchema } from '../../src/contracts/telemetry.js';
import { MindRun, parametersWith } from '../kernel/mind-run.js';

const compiler = join(packageRoot, 'node_modules', '@typescript', 'native', 'bin', 'tsc');
const page = readFileSync(join(packageRoot, 'docs', 'writing-a-plugin.md'), 'utf8');
const GRID = { rows: 12, columns: 16, channels: 3 };

/** The code block of the page whose first line names the file. */
function block(file: string): string {
  const blocks = [...page.matchAll(/^```js\n(.*?)^```$/gms)].map(([, code]) => code ?? '');
  const found = blocks.filter((code) => code.startsWith(`// ${file}`));
  expect(found.length, `blocks of ${file} on the page`).to.equal(1);
  return found[0]!;
}

const run = (words: readonly string[], cwd: string) =>
  execFileSync(process.execPath, words, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

/** The package as it is installed: package.json, what tsc makes of the public API, and its dependencies. */
function buildPackage(folder: string): void {
  mkdirSync(folder);
  cpSync(join(packageRoot, 'package.json'), join(folder, 'package.json'));
  symlinkSync(join(packageRoot, 'node_modules'), join(folder, 'node_modules'));
  const config = {
    extends: join(packageRoot, 'tsconfig.json'),
    compilerOptions: {
      rootDir: join(packageRoot, 'src'),
      outDir: join(folder, 'dist'),
      incremental: false,
      tsBuildInfoFile: null,
      typeRoots: [join(packageRoot, 'node_modules', '@types')],
    },
    include: [],
    files: [join(packageRoot, 'src', 'app', 'plugin-api.ts')],
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  run([compiler, '-p', folder], packageRoot);
}

/** Cells of a grey picture with four red ones around this place. */
function picture(row: number, column: number): Float32Array {
  const cells = new Float32Array(GRID.rows * GRID.columns * GRID.channels).fill(0.5);
  for (const [down, across] of [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ] as const) {
    cells[3 * ((row + down) * GRID.columns + column + across) + 2] = 0.9;
  }
  return cells;
}

describe('the worked example of docs/writing-a-plugin.md', function () {
  this.timeout(240_000);
  let folder: string;
  let extensions: readonly Extension[];

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sage-plugin-'));
    buildPackage(join(folder, 'sage'));
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(join(folder, 'sage'), join(folder, 'node_modules', 'sage'));
    for (const file of ['red-spot.mjs', 'try.mjs']) writeFileSync(join(folder, file), block(file));
    extensions = await loadExtensions(parametersWith({ node: { plugins: [join(folder, 'red-spot.mjs')] } }));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('has the types that the package exports', () => {
    const options = ['--noEmit', '--allowJs', '--checkJs', '--strict', '--noUncheckedIndexedAccess', 'false'];
    const modules = ['--module', 'nodenext', '--target', 'es2023', '--skipLibCheck'];
    const types = ['--typeRoots', join(packageRoot, 'node_modules', '@types'), '--types', 'node'];
    run([compiler, ...options, ...modules, ...types, 'red-spot.mjs', 'try.mjs'], folder);
    // And not because nothing is checked: a declaration that is missing is an error.
    const broken = block('red-spot.mjs').replace("resource: 'vision',", "resource: 'sight',");
    writeFileSync(join(folder, 'broken.mjs'), broken);
    expect(() => run([compiler, ...options, ...modules, ...types, 'broken.mjs'], folder)).to.throw();
  });

  it('refines alone, as the page says', () => {
    const { telemetry, ...report } = JSON.parse(run(['try.mjs'], folder)) as JobReport & {
      telemetry: Telemetry;
    };
    expect(report).to.include({ status: 'halted', halt_reason: 'slope<eps', fault: null });
    const { row, column, share } = report.best as { row: number; column: number; share: number };
    expect([row, column, share].map((value) => Number(value.toFixed(6)))).to.deep.equal([3.5, 2.5, 1]);
    expect(report.best_energy).to.be.lessThan(0.1);
    expect(telemetrySchema.parse(telemetry)).to.include({ plugin: 'red-spot', E: report.best_energy });
  });

  it('is refined on the thread that the node refines on', async () => {
    const faults: string[] = [];
    const runner = new ThreadRunner({
      parameters: parametersWith({ node: { plugins: [join(folder, 'red-spot.mjs')] } }),
      inference: { run: () => new Promise(() => {}), read: () => new Promise(() => {}), free: () => {} },
      onFault: (_source, found) => faults.push(found?.text ?? 'well'),
    });
    try {
      const { rows, columns } = GRID;
      const task = { cells: picture(8, 6), rows, columns, stamp_ms: 5 };
      const job = { job_id: 'j', plugin: 'red-spot', task, grant_matp: 1e6, max_steps: 60, seed: 3 };
      runner.submit({ kind: 'start', ...job });
      let report: JobReport | undefined;
      while (report?.status !== 'halted') {
        expect(report?.fault ?? null, faults.join()).to.equal(null);
        await new Promise((resolve) => setTimeout(resolve, 10));
        report = runner.drain().at(-1) ?? report;
      }
      const { row, column, stamp_ms } = report.best as { row: number; column: number; stamp_ms: number };
      expect([row.toFixed(3), column.toFixed(3), stamp_ms]).to.deep.equal(['8.500', '6.500', 5]);
    } finally {
      await runner.close();
    }
  });

  /** The whole mind with a camera that shows a red patch and no model that could find it; where its goal has led. */
  async function pointAtRed(given: readonly Extension[]) {
    const parameters = parametersWith({});
    const mind = new MindRun(parameters, given);
    const seen = { plugins: new Set<string>(), events: [] as string[], trust: 0 };
    const cells = picture(8, 6);
    const frame = {
      width: 1,
      height: 1,
      step: 3,
      encoding: 'rgb8',
      data: new Uint8Array(3),
      frame_id: '',
    } as const;
    const cycles = async (count: number) => {
      for (let index = 0; index < count; index++) {
        mind.put('camera', { frame, embedding: cells, grid: GRID });
        const effects = await mind.cycle();
        for (const { plugin } of effects.telemetry) seen.plugins.add(plugin);
        for (const { status, reason } of effects.goal_events) seen.events.push(`${status} ${reason}`.trim());
        seen.trust = mind.kernel.mind.trust['red-spot'] ?? 0;
      }
    };
    await cycles(30);
    mind.say('point at the red block');
    await cycles(500);
    const { body, arm } = mind.kernel.mind.situation;
    return { ...seen, tip_m: body!.tip(arm!.position) };
  }

  it('changes what the robot does: a goal is reached by it that without it is not', async () => {
    const without = await pointAtRed([]);
    expect(without.events.join()).to.contain('active').and.not.contain('satisfied');
    const { events, plugins, tip_m, trust } = await pointAtRed(extensions);
    expect(events.at(-1)).to.match(/^satisfied/);
    expect([...plugins]).to.include('red-spot');
    expect(trust, 'earned, not given').to.be.within(0.5, 3).and.not.equal(1);
    // Rows 8 and 9 of 12, columns 6 and 7 of 16, between the corners that the example names.
    expect(tip_m[0]).to.be.closeTo(0.6 - (8.5 / 11) * 0.4, 0.03);
    expect(tip_m[1]).to.be.closeTo(0.4 - (6.5 / 15) * 0.8, 0.03);
  });
});
