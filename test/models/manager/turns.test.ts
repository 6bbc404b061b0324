import { join } from 'node:path';
import { expect } from 'chai';
import { createModelManager, nodeHost } from '../../../src/models/index.js';
import { Turns } from '../../../src/models/manager/turns.js';
import { ADD, hostParameters, withCopy } from '../fixtures.js';
import { alias, standing } from '../managers.js';

describe('models/manager: turns', function () {
  // Real processes on a machine that may be busy.
  this.timeout(240_000);

  it('lets the next one begin beside a load that takes long, and beside nothing else', async () => {
    const turns = new Turns();
    const begun: string[] = [];
    const ends: (() => void)[] = [];
    const never = (name: string) => () =>
      new Promise<void>((resolve) => {
        begun.push(name);
        ends.push(resolve);
      });
    const load = turns.run(never('load'), 1);
    const swap = turns.run(never('swap'));
    const last = turns.run(async () => void begun.push('last'));
    while (begun.length < 2) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(begun, 'the load goes on').to.deep.equal(['load', 'swap']);
    expect(turns.busy).to.equal(true);
    for (const end of ends) end();
    await Promise.all([load, swap, last]);
    expect(begun).to.deep.equal(['load', 'swap', 'last']);
    expect(turns.busy).to.equal(false);
  });

  it('has the other models at work while the host of one hangs', () =>
    withCopy(async (folder) => {
      alias(folder, 'other', 'add');
      const { command, args } = nodeHost();
      // The first host that is started is that of the first model.
      const hang = 'if mkdir "$1" 2>/dev/null; then exec sleep 600; fi; shift; exec "$@"';
      const manager = createModelManager({
        parameters: hostParameters({
          folder,
          probe_file: join(folder, 'probes'),
          load_timeout_ms: 50_000,
        }),
        used: ['add', 'other'],
        launch: { command: 'sh', args: ['-c', hang, 'sh', join(folder, 'first'), command, ...args] },
      });
      manager.ready().catch(() => undefined);
      try {
        expect((await manager.run({ ...ADD, model: 'other' })).tensors.y!.data[0]).to.equal(2);
        expect(standing(manager, 'add').state).to.equal('loading');
      } finally {
        await manager.close();
      }
    }));
});
