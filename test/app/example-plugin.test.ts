import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { composeMind } from '../../src/app/compose.js';
import { loadExtensions } from '../../src/app/extensions.js';
import { packageRoot } from '../../src/app/root.js';
import { SageError } from '../../src/contracts/errors.js';
import { defaultParameters } from '../../src/contracts/parameters/index.js';
import { refine } from '../../src/irp/index.js';

const example = join(packageRoot, 'docs', 'examples', 'counter-plugin.mjs');

describe('the example plugin of the documentation', () => {
  it('is loaded by its name in node.plugins, and counts to ten', async () => {
    const parameters = defaultParameters();
    parameters.node.plugins = [example];
    const [extension] = await loadExtensions(parameters);
    let clock_ms = 0;
    const ports = {
      cpuNow_ms: () => {
        clock_ms += 0.01;
        return clock_ms;
      },
      yieldToLoop: () => new Promise<void>((resolve) => setImmediate(resolve)),
    };
    const report = await refine(extension!.plugin, { start: 0 }, ports);
    expect(report).to.include({
      status: 'halted',
      best: 10,
      best_energy: 0,
      fault: null,
      halt_reason: 'slope<eps',
    });
    expect(report.energies.slice(0, 3)).to.deep.equal([10, 9, 8]);
  });

  it('is what the README shows', () => {
    const readme = readFileSync(join(packageRoot, 'README.md'), 'utf8');
    expect(readme).to.include(readFileSync(example, 'utf8'));
  });
});

describe('the modules of node.plugins', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sage-extension-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  async function load(text: string | null): Promise<string> {
    const path = join(folder, `m${Math.abs(hash(text ?? ''))}.mjs`);
    if (text !== null) writeFileSync(path, text);
    const parameters = defaultParameters();
    parameters.node.plugins = [path];
    try {
      await loadExtensions(parameters);
      return 'loaded';
    } catch (thrown) {
      expect(thrown).to.be.instanceOf(SageError);
      return (thrown as SageError).message;
    }
  }
  const hash = (text: string) => [...text].reduce((sum, letter) => (31 * sum + letter.charCodeAt(0)) | 0, 7);
  const counter = readFileSync(example, 'utf8');

  for (const [what, text, message] of [
    ['is not there', null, 'SAGE_608'],
    ['does not parse', 'export const', 'SAGE_608'],
    ['exports nothing', '', 'exports no function "extension"'],
    ['throws', 'export function extension() { throw new Error("boom"); }', 'boom'],
    ['lacks a function', counter.replace('energy: (state)', 'enrgy: (state)'), 'plugin.energy'],
    [
      'leaves out an invariant',
      counter.replace("noise_model: 'none',", ''),
      'plugin.declaration.noise_model',
    ],
    [
      'names a resource that is none',
      counter.replace("resource: 'time'", "resource: 'luck'"),
      'plugin.resource',
    ],
    ['costs less than nothing', counter.replace('step_atp: 1', 'step_atp: -1'), 'SAGE_607'],
    ['runs without end', counter.replace('max_steps: 20', 'max_steps: Infinity'), 'max_steps'],
    ['ties another plugin', counter.replace('plugin: plugin.id,', "plugin: 'other',"), 'differ'],
  ] as const) {
    it(`are refused by name where one ${what}`, async () => {
      expect(await load(text))
        .to.contain(message)
        .and.contain('SAGE_60');
    });
  }

  it('cannot take the place of a plugin that is there already', async () => {
    const parameters = defaultParameters();
    parameters.node.plugins = [example];
    const [loaded] = await loadExtensions(parameters);

    const never = () => new Promise<never>(() => {});
    const inference = { run: never, read: never, free: () => {} };
    const faculty = { plugin: 'vision', offer: () => null, integrate: () => {} };
    const extension = { plugin: { ...loaded!.plugin, id: 'vision' }, faculty };
    expect(() => composeMind(defaultParameters(), inference, [extension])).to.throw(SageError, 'used twice');
  });

  it('are loaded where all is well', async () => {
    expect(await load(counter)).to.equal('loaded');
  });
});
