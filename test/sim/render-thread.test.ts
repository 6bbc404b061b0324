import { expect } from 'chai';
import { RenderThread, type ThreadFrame } from '../../src/sim/render-thread.js';
import { TabletopWorld } from '../../src/sim/world.js';

describe('sim: rendering thread', function () {
  this.timeout(240_000);

  it('draws what the world itself would, behind the prefix it was given', async () => {
    const world = new TabletopWorld({ seed: 3 });
    const state = world.state();
    const prefix = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    const thread = new RenderThread({ seed: 3, blocks: 4 }, prefix, 921600, (error) => {
      throw error;
    });
    try {
      const frame = await new Promise<ThreadFrame>((resolve) => {
        const ask = (): void => {
          if (!thread.render(state, 0.008, resolve)) setTimeout(ask, 20);
          // one at a time: the next is refused until this one is done
          else expect(thread.render(state, 0.008, resolve)).to.equal(false);
        };
        ask();
      });
      expect([...frame.message.subarray(0, 8)]).to.deep.equal([...prefix]);
      const own = new TabletopWorld({ seed: 3 }).render().data;
      expect(Buffer.compare(frame.message.subarray(8), own)).to.equal(0);
    } finally {
      await thread.close();
    }
  });
});
