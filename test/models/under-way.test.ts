import { expect } from 'chai';
import type { InferenceOutputs, InferenceRequest, Tensor } from '../../src/contracts/inference.js';
import type { HostConnection } from '../../src/models/connection.js';
import { Dispatcher } from '../../src/models/dispatcher.js';
import { createModelHost, type ModelHost } from '../../src/models/index.js';
import type { Job } from '../../src/models/jobs.js';
import { skip } from '../skip.js';
import { codeOf, floats, HOSTS, hostParameters, manifestOf } from './fixtures.js';

const SIZE = 480 * 640 * 3;
/** Where the features of a frame come from: all of its pixels are alike. */
const frame = (value: number): Tensor => ({
  type: 'uint8',
  dims: [1, 480, 640, 3],
  data: new Uint8Array(SIZE).fill(value),
});

const encode = (value: number): InferenceRequest => ({
  model: 'toy-vision',
  graph: 'encoder',
  inputs: { image: frame(value) },
  fetch: ['features'],
});
const add = (value: number): InferenceRequest => ({
  model: 'add',
  graph: 'main',
  inputs: { x: floats(value, value, value, value) },
  fetch: ['y'],
});
const first = ({ tensors }: InferenceOutputs, name: string): number => Number(tensors[name]!.data[0]);

describe('models/dispatcher', () => {
  for (const max of [1, 2] as const) {
    it(`has ${max} in the host at once, sent in order, and the next when one is answered`, async () => {
      const sent: string[] = [];
      const answers: (() => void)[] = [];
      const connection = {
        send: (
          ask: { readonly path: string },
          _: unknown,
          waiting: { resolve: (answered: unknown) => void },
        ) => {
          sent.push(ask.path);
          answers.push(() => waiting.resolve({ answer: {}, body: null }));
        },
      } as unknown as HostConnection;
      const dispatcher = new Dispatcher(10, max);
      const settled: string[] = [];
      const job = (path: string): Job => ({
        timeout_ms: 60_000,
        ask: () => ({ ask: { op: 'inspect', path, sha256: '', bytes: 0 }, tensors: [] }),
        settle: () => settled.push(path),
        fail: () => settled.push(`no ${path}`),
      });
      for (const path of ['b', 'c', 'd']) dispatcher.submit(job(path));
      dispatcher.submitFirst(job('a'));
      dispatcher.attach(connection);
      expect(sent).to.deep.equal(['a', 'b'].slice(0, max));
      for (let answered = 1; answered <= 4; answered++) {
        answers.shift()?.();
        await new Promise((resolve) => setImmediate(resolve));
        expect(sent).to.have.length(Math.min(4, answered + max));
      }
      expect(sent).to.deep.equal(['a', 'b', 'c', 'd']);
      expect(settled).to.deep.equal(sent);
    });
  }
});

for (const { name, launch, absent } of HOSTS)
  describe(`models/two requests under way in ${name}`, function () {
    this.timeout(240_000);
    before(function () {
      if (absent !== null) skip(this, absent);
    });
    const open: ModelHost[] = [];
    const start = (under_way_max: 1 | 2): ModelHost => {
      const manifests = ['toy-vision', 'add'].map(manifestOf);
      const host = createModelHost({ parameters: hostParameters(), manifests, launch, under_way_max });
      open.push(host);
      return host;
    };
    afterEach(async () => {
      await Promise.all(open.splice(0).map((host) => host.close()));
    });

    it('models are loaded first, and each request gets its own answer, in order', async () => {
      const host = start(2);
      const order: number[] = [];
      const asked = Array.from({ length: 12 }, async (_, index) => {
        const even = index % 2 === 0;
        const outputs = await host.run(even ? encode(index * 20) : add(index));
        order.push(index);
        return first(outputs, even ? 'features' : 'y');
      });
      const given = await Promise.all(asked);
      expect(order).to.deep.equal(Array.from({ length: 12 }, (_, index) => index));
      for (const [index, value] of given.entries()) {
        if (index % 2 === 0) expect(value).to.be.closeTo((index * 20) / 255, 1e-4);
        else expect(value).to.equal(index + 1);
      }
    });

    it('a request that fails costs the one beside it nothing, and a host that dies costs both', async () => {
      const host = start(2);
      const [bad, good] = [host.run({ ...add(1), graph: 'other' }), host.run(add(2))];
      expect(await codeOf(bad)).to.match(/^SAGE_5/);
      expect(first(await good, 'y')).to.equal(3);
      const pid = host.health().pid!;
      // Held meanwhile: on a free machine it answers the first one before the signal reaches it.
      process.kill(pid, 'SIGSTOP');
      const lost = [host.run(encode(1)), host.run(encode(2)), host.run(encode(3))];
      process.kill(pid, 'SIGKILL');
      expect(await Promise.all(lost.map(codeOf))).to.deep.equal(['SAGE_504', 'SAGE_504', 'SAGE_504']);
    });
  });
