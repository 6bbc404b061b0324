import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { InferenceRequest } from '../../src/contracts/inference.js';
import { createModelHost, type ModelHost, type ModelManifest } from '../../src/models/index.js';
import { skip } from '../skip.js';
import { ADD, codeOf, HOSTS, hostParameters, manifestOf, withCopy } from './fixtures.js';

const eat = (side: number): InferenceRequest => ({
  model: 'hungry',
  graph: 'main',
  inputs: { side: { type: 'int64', dims: [1], data: BigInt64Array.of(BigInt(side)) } },
  fetch: ['y'],
});

/** The manifest of `add` for other bytes: its hash is right, so it is the bytes that must not do harm. */
function with_bytes(folder: string, id: string, bytes: Buffer): ModelManifest {
  const path = `${id}.onnx`;
  writeFileSync(join(folder, path), bytes);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const add = manifestOf('add');
  return { ...add, id, files: [{ ...add.files[0]!, path, sha256, bytes: bytes.byteLength }] };
}

for (const { name, launch, absent } of HOSTS) {
  describe(`models/hostile files and requests, host in ${name}`, function () {
    // Real processes on a machine that may be busy.
    this.timeout(240_000);
    const open: ModelHost[] = [];
    before(function () {
      if (absent !== null) skip(this, absent);
    });
    afterEach(async () => {
      await Promise.all(open.splice(0).map((host) => host.close()));
    });
    const start = (folder: string, manifests: readonly ModelManifest[]): ModelHost => {
      const host = createModelHost({
        parameters: hostParameters({ folder, providers: ['tensorrt', 'cpu'] }),
        manifests,
        launch,
      });
      open.push(host);
      return host;
    };

    it('refuses files that are truncated or altered at any place, and keeps serving the others', () =>
      withCopy(async (folder) => {
        const good = readFileSync(join(folder, 'add/main.onnx'));
        const manifests = [manifestOf('add')];
        for (let cut = 1; cut < good.byteLength; cut += 9) {
          manifests.push(with_bytes(folder, `cut${cut}`, good.subarray(0, cut)));
          const flipped = Buffer.from(good);
          flipped[cut] = flipped[cut]! ^ 0xff;
          manifests.push(with_bytes(folder, `flipped${cut}`, flipped));
        }
        const host = start(folder, manifests);
        await host.ready();
        const { models, restarts } = host.health();
        expect(restarts, 'none took the host down').to.equal(0);
        for (const { id, fault } of models) {
          if (id.startsWith('cut')) expect(fault?.code, id).to.be.oneOf(['SAGE_508', 'SAGE_510']);
          // A changed constant or name may leave a sound graph.
          else if (fault) expect(fault.code, id).to.be.oneOf(['SAGE_508', 'SAGE_510']);
        }
        expect((await host.run(ADD)).tensors.y!.data[0]).to.equal(2);
      }));

    it('costs a run that asks for more memory than there is that run alone', async () => {
      const host = start(hostParameters().folder, ['add', 'hungry'].map(manifestOf));
      expect((await host.run(eat(10))).tensors.y!.data[0]).to.equal(100);
      for (const side of [4_000_000, 2 ** 40, -5])
        expect(await codeOf(host.run(eat(side))), String(side)).to.equal('SAGE_505');
      expect((await host.run(ADD)).tensors.y!.data[0]).to.equal(2);
      expect(host.health().restarts).to.equal(0);
    });

    it('continues with the CPU where a provider cannot be had, and says so', async () => {
      const host = start(hostParameters().folder, [manifestOf('add')]);
      await host.ready();
      const { provider, models } = host.health();
      expect(provider).to.equal('cpu');
      const { refused } = models[0]!.graphs[0]!;
      expect(refused).to.have.length(1);
      expect(refused[0]!.provider).to.equal('tensorrt');
      expect(refused[0]!.reason).to.not.equal('');
    });
  });
}
