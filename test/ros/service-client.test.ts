import { expect } from 'chai';
import { SageError } from '../../src/contracts/errors.js';
import type { RclServiceClient } from '../../src/ros/rcl.js';
import { answerOf } from '../../src/ros/service-client.js';

describe('ros/service-client: a call', () => {
  /** A service of a node that goes as soon as it is asked, or stays; it answers only `now`. */
  const client = (stays: boolean, now?: object): RclServiceClient => ({
    isServiceServerAvailable: () => stays,
    sendRequest: (_request: object, answered: (response: never) => void) => {
      if (now) answered(now as never);
    },
  });
  const call = { request: {}, answer_ms: 60_000 };

  it('resolves with the answer', async () => {
    expect(await answerOf(client(false, { success: true }), call, 'here')).to.deep.equal({ success: true });
  });

  it('does not wait for a node that has gone, however long it might have taken', async () => {
    const thrown = await answerOf(client(false), call, 'sage/models/load').catch((error: unknown) => error);
    expect(thrown).to.be.instanceOf(SageError);
    expect(String(thrown)).to.match(/SAGE_806 .*sage\/models\/load: the node left before it answered/);
  });

  it('gives up where the node stays and says nothing', async () => {
    const thrown = await answerOf(client(true), { ...call, answer_ms: 5 }, 'here').catch(String);
    expect(thrown).to.match(/SAGE_806 .*no answer within 5 ms/);
  });
});
