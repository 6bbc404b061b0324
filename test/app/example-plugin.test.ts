import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { loadExtensions } from '../../src/app/extensions.js';
import { packageRoot } from '../../src/app/root.js';
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
