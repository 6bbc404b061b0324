import { expect } from 'chai';
import type { Demand } from '../../../src/models/index.js';
import { ADD, until, withCopy } from '../fixtures.js';
import { alias, governed, managers, standing } from '../managers.js';

describe('models/manager: what the robot needs', function () {
  // Real processes on a machine that may be busy.
  this.timeout(240_000);
  const { start } = managers();

  it('follows the metabolism: unloads at rest, and reloads the model for a goal', () =>
    withCopy(async (folder) => {
      const manager = start(folder, ['add'], { rest_idle_s: 0.05, dwell_s: 0 });
      await manager.ready();
      const turn = (more: Partial<Demand>, state: string) =>
        governed(manager, () => standing(manager, 'add').state === state, more);
      await turn({ state: 'REST' }, 'unloaded');
      await until(() => manager.history().at(-1)!.kind === 'unload');
      expect(manager.history().at(-1)!.reason).to.match(/^idle for \d+ s in REST$/);
      await turn({ state: 'REST', goal: true }, 'ready');
      await until(() => manager.history().at(-1)!.kind === 'load');
      expect(manager.history().at(-1)!.reason).to.equal('a goal waits');
      await turn({ state: 'DREAM' }, 'unloaded');
      expect((await manager.run(ADD)).tensors.y!.data[0], 'a request wakes it too').to.equal(2);
    }));

  it('swaps by the complexity of the task', () =>
    withCopy(async (folder) => {
      const family = { family: 'f', capabilities: ['vision'] };
      alias(folder, 'small', 'add', { ...family, complexity_max: 0.4 });
      alias(folder, 'large', 'add', family);
      const manager = start(folder, ['large'], { dwell_s: 0, complexity_swap: true, complexity_fall_s: 0.5 });
      await manager.ready();
      const until_active = (complexity: number, id: string) =>
        governed(
          manager,
          () => manager.history().at(-1)?.model === id && manager.history().at(-1)?.kind === 'swap',
          { complexity: new Map([['vision', { value: complexity, why: 'a test' }]]) },
        );
      await until_active(0.1, 'small');
      expect(manager.history().at(-1)).to.include({ kind: 'swap', model: 'small', replaced: 'large' });
      expect((await manager.run({ ...ADD, model: 'large' })).tensors.y!.data[0]).to.equal(2);
      await until_active(0.8, 'large');
      expect(manager.history().at(-1)!.reason).to.contain('complexity 0.80');
    }));
});
