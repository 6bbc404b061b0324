import { expect } from 'chai';
import { ownDomain, PATIENCE_MS, Peer, requireRos } from './harness.js';
import { SageProcess } from './processes.js';

const LIST = ['sage/srv/ListModels', '/sage/models/list'] as const;

interface Status {
  readonly id: string;
  readonly state: string;
  readonly used: boolean;
  readonly memory_mb: number;
  readonly reason: string;
}

interface Managed {
  readonly success: boolean;
  readonly code: string;
  readonly message: string;
}

describe('models of a running node, on the graph', function () {
  this.timeout(4 * PATIENCE_MS);
  let node: SageProcess;
  let peer: Peer;

  before(async function () {
    requireRos(this);
    const domain = ownDomain();
    // It begins tired and does not recover, so it comes to rest within a second and stays there.
    const parameters = {
      'node.state_folder': 'none',
      'metabolism.energy_initial': '10.0',
      'metabolism.recharge_per_s': '0.0',
      'models.rest_idle_s': '1.0',
    };
    [node, peer] = await Promise.all([SageProcess.start('node', { domain, parameters }), Peer.start(domain)]);
  });

  after(async () => {
    await peer?.close();
    await node?.end();
  });

  const vision = async (): Promise<Status> => {
    const { models } = (await peer.call(...LIST)) as unknown as { models: Status[] };
    return models.find(({ id }) => id === 'vision-refiner')!;
  };
  const visionBecomes = async (state: string, reason = /./): Promise<Status> => {
    for (;;) {
      const now = await vision();
      if (now.state === state && reason.test(now.reason)) return now;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  const manage = async (action: string, model: string, to = ''): Promise<Managed> =>
    (await peer.call('sage/srv/ManageModel', `/sage/models/${action}`, { model, to })) as unknown as Managed;

  it('loads, unloads, swaps and checks when it is asked, and says why not', async () => {
    expect(await manage('load', 'none')).to.include({ success: false, code: 'SAGE_512' });
    expect(await manage('verify', 'vision-refiner')).to.include({ success: true, code: '' });
    expect(await manage('load', 'vision-refiner')).to.include({ success: true });
    expect(await manage('swap', 'vision-refiner', 'none')).to.include({ success: false, code: 'SAGE_512' });
    expect((await manage('unload', 'vision-refiner')).message).to.contain('unload vision-refiner: asked for');
  });

  it('unloads vision at rest, reloads it for a goal, and reports both', async () => {
    await manage('load', 'vision-refiner');
    await visionBecomes('unloaded', /idle for \d+ s in REST/);
    await peer.do('subscribe', { type: 'sage/msg/ModelEvent', topic: '/sage/models', latched: true });
    await peer.publisher('std_msgs/msg/String', '/sage/goal');
    await peer.publish('/sage/goal', { data: 'pick up the red block' });
    expect(await visionBecomes('ready')).to.include({ used: true });
    const told = await peer.message(
      '/sage/models',
      ({ kind, reason }) => kind === 'load' && reason === 'a goal waits',
    );
    expect(told).to.include({ model: 'vision-refiner', success: true, code: '' });
    expect(told.load_ms).to.be.above(0);
  });
});
