import { expect } from 'chai';
import { composeMind } from '../../../src/app/compose.js';
import { LiveLog, type LiveLogGraph } from '../../../src/app/node/live-log.js';
import type { LogHeader } from '../../../src/contracts/log.js';
import { defaultParameters } from '../../../src/contracts/parameters/index.js';
import type { RunChange } from '../../../src/contracts/run-input.js';
import { LatestBuffers } from '../../../src/kernel/latest-buffers.js';
import { noInference } from '../../kernel/tabletop.js';

describe('the log of a live run', () => {
  const start = () => {
    const parameters = defaultParameters();
    const lines: string[] = [];
    const changes: RunChange[] = [];
    const runs: { readonly header: LogHeader; readonly begun_ms: number }[] = [];
    const graph: LiveLogGraph = {
      topic: (name) => `/robot/${name}`,
      taken: () => undefined,
      changed: (change) => changes.push(change),
      log: (told) => lines.push(...told.split('\n')),
      log_listeners: 1,
      run: (header, begun_ms) => runs.push({ header, begun_ms }),
    };
    const log = new LiveLog(graph, parameters, ['vision']);
    const { kernel } = composeMind(parameters, noInference, []);
    const cycle = (now_ms: number): void => {
      const inputs = { observations: new LatestBuffers().drain(), now_ms, reports: [] };
      log.cycle(inputs, kernel.cycle(inputs), {});
    };
    return { parameters, log, lines, changes, runs, cycle };
  };

  it('says once, with the first cycle, what the run is and when it began', () => {
    const { lines, runs, cycle } = start();
    expect(runs).to.deep.equal([]);
    cycle(5000);
    cycle(5050);
    expect(runs.map(({ begun_ms }) => begun_ms)).to.deep.equal([5000]);
    expect(runs[0]?.header).to.deep.include({ source: 'live', plugins: ['vision'] });
    const kinds = lines.map((line) => (JSON.parse(line) as { kind: string }).kind);
    expect(kinds[0]).to.equal('header');
    expect(kinds.filter((kind) => kind === 'cycle')).to.have.length(2);
  });

  it('says it again when a parameter changes, as at the start', () => {
    const { parameters, log, changes, runs, cycle } = start();
    const change = (value: number): void => {
      parameters.metabolism.crisis_surprise = value;
      log.change({ kind: 'parameter', path: 'metabolism.crisis_surprise', value });
    };
    change(0.7);
    expect(runs, 'there is no run yet').to.deep.equal([]);
    cycle(5000);
    log.change({ kind: 'lifecycle', state: 'active' });
    change(0.6);
    expect(changes.map(({ kind }) => kind)).to.deep.equal(['parameter', 'lifecycle', 'parameter']);
    expect(runs.map(({ begun_ms }) => begun_ms)).to.deep.equal([5000, 5000]);
    expect(runs.map(({ header }) => header.parameters.metabolism?.crisis_surprise)).to.deep.equal([0.7, 0.6]);
  });
});
