import { expect } from 'chai';
import type { Tensor } from '../../src/contracts/inference.js';
import {
  type BlockType,
  createModelManager,
  createPerceptionBlock,
  type ModelManager,
} from '../../src/models/index.js';
import { codeOf, hostParameters, MODELS, manifestOf } from './fixtures.js';

const SEE = manifestOf('zoo-embed');
const HEAR = manifestOf('zoo-hear');
const OMNI = manifestOf('zoo-omni');
const vision: Tensor = { type: 'uint8', dims: [1, 64, 64, 3], data: new Uint8Array(64 * 64 * 3).fill(51) };
const audio: Tensor = { type: 'float32', dims: [1, 1, 1600], data: new Float32Array(1600).fill(0.5) };

describe('models/blocks', function () {
  // Real processes on a machine that may be busy.
  this.timeout(60_000);
  let manager: ModelManager;
  before(() => {
    manager = createModelManager({
      parameters: hostParameters({ folder: MODELS, probe_file: '/nonexistent' }),
      used: [],
    });
  });
  after(() => manager.close());

  const block = (type: BlockType, manifests = [SEE, HEAR, OMNI]) =>
    createPerceptionBlock(type, manager, manifests);
  const loaded = () =>
    manager
      .list()
      .filter(({ state }) => state === 'ready')
      .map(({ id }) => id);

  it('supports what its models take: one for all, one for each, or both', () => {
    expect(block('MODULAR').models).to.deep.equal(['zoo-embed', 'zoo-hear']);
    expect(block('MONOLITHIC').models).to.deep.equal(['zoo-omni']);
    expect(block('HYBRID').models).to.deep.equal(['zoo-omni', 'zoo-embed', 'zoo-hear']);
    expect(block('MODULAR', [SEE]).supports('audio')).to.equal(false);
    expect(block('MODULAR').supports('audio')).to.equal(true);
    expect(block('MONOLITHIC').supports('text')).to.equal(false);
    expect(block('MONOLITHIC', [SEE, HEAR]).supports('vision'), 'there is no model for several').to.equal(
      false,
    );
    expect(block('MODULAR').capabilities()).to.deep.equal(['audio', 'embedding', 'vision']);
  });

  it('loads and unloads its models together, and says what memory they take', async () => {
    const both = block('MODULAR');
    expect(both.estimatedMemory_mb()).to.be.above(block('MODULAR', [SEE]).estimatedMemory_mb());
    await both.load();
    expect(loaded()).to.deep.equal(['zoo-embed', 'zoo-hear']);
    await both.unload();
    expect(loaded()).to.deep.equal([]);
  });

  it('perceives the same, whichever way', async () => {
    const [seen, heard] = await block('MODULAR').perceive({ vision, audio });
    const [whole, ...others] = await block('MONOLITHIC').perceive({ vision, audio });
    expect(others).to.deep.equal([]);
    expect(whole).to.deep.include({ model: 'zoo-omni', modalities: ['vision', 'audio'] });
    expect([...whole!.output.data]).to.deep.equal([...seen!.output.data, ...heard!.output.data]);
    const models = async (inputs: object) =>
      (await block('HYBRID').perceive(inputs)).map(({ model }) => model);
    expect(await models({ vision, audio })).to.deep.equal(['zoo-omni']);
    expect(await models({ audio }), 'the whole needs a picture too').to.deep.equal(['zoo-hear']);
    expect(await codeOf(block('MONOLITHIC').perceive({ audio }))).to.equal('SAGE_508');
    expect(await codeOf(block('MODULAR', [SEE]).perceive({ audio }))).to.equal('SAGE_508');
  });
});
