import { expect } from 'chai';
import type { ModelHostEvent } from '../../src/models/index.js';
import { Fleet } from '../../src/models/manager/fleet.js';
import { floats, hostParameters, manifestOf } from './fixtures.js';

describe('models/fleet', function () {
  // Real processes on a machine that may be busy.
  this.timeout(240_000);

  it('replaces the model even if transferring its state fails, and reports it', async () => {
    const told: ModelHostEvent[] = [];
    const fleet = new Fleet({ parameters: hostParameters(), used: [] }, (event) => told.push(event));
    try {
      const manifest = { ...manifestOf('counter'), carries: 'count' };
      const old = fleet.add(manifest, 'to see');
      await old.up();
      old.host.slots = () => {
        throw new TypeError('a fault of the program');
      };
      const exchange = await fleet.overlap(old, { ...manifest, version: '2' }, 'to see');
      expect(exchange.carried).to.equal(0);
      const [next] = [...fleet.residents.values()];
      expect(next!.manifest.version).to.equal('2');
      const inputs = { by: floats(1, 1, 1, 1), state: floats(0, 0, 0, 0) };
      const request = { model: 'counter', graph: 'step', inputs, fetch: ['total'] };
      const { tensors } = await fleet.run(request, () => Promise.reject(new Error('nothing answers')));
      expect(tensors.total!.data[0]).to.equal(4);
      const faults = told.flatMap((event) => (event.kind === 'fault' ? [event.fault] : []));
      expect(faults).to.have.length(1);
      expect(faults[0]).to.include({ code: 'SAGE_511', where: 'counter' });
      expect(faults[0]!.text).to.include('a fault of the program');
    } finally {
      await fleet.close();
    }
  });
});
