import { expect } from 'chai';
import {
  type BlockType,
  createModelManager,
  createPerceptionBlock,
  type ModelManager,
  perceiverOf,
  readManifest,
} from '../../src/models/index.js';
import { hostParameters, MODELS, manifestOf } from './fixtures.js';

const SEE = manifestOf('zoo-embed');
const HEAR = manifestOf('zoo-hear');
const OMNI = manifestOf('zoo-omni');

const block = (type: BlockType, manifests = [SEE, HEAR, OMNI]) =>
  createPerceptionBlock(type, manifests.map(perceiverOf));

describe('models/blocks', () => {
  it('supports what its models take: one for all, one for each, or both', () => {
    expect(block('MODULAR').models).to.deep.equal(['zoo-embed', 'zoo-hear']);
    expect(block('MONOLITHIC').models).to.deep.equal(['zoo-omni']);
    expect(block('HYBRID').models).to.deep.equal(['zoo-omni', 'zoo-embed', 'zoo-hear']);
    expect(block('MODULAR', [SEE]).supports('audio')).to.equal(false);
    expect(block('MODULAR').supports('audio')).to.equal(true);
    expect(block('MONOLITHIC').supports('text')).to.equal(false);
    expect(block('MONOLITHIC', [SEE, HEAR]).models, 'there is no model for several').to.deep.equal([]);
    expect(block('MODULAR').capabilities()).to.deep.equal(['audio', 'embedding', 'vision']);
  });

  it('chooses by what is there: the whole needs all that one graph of it takes', () => {
    const chosen = (type: BlockType, ...given: ('vision' | 'audio' | 'text')[]) =>
      block(type)
        .chosen(given)
        .map(({ model, modalities }) => `${model}: ${modalities.join(' ')}`);
    expect(chosen('MODULAR', 'vision', 'audio')).to.deep.equal(['zoo-embed: vision', 'zoo-hear: audio']);
    expect(chosen('MODULAR', 'audio', 'text')).to.deep.equal(['zoo-hear: audio']);
    expect(chosen('MONOLITHIC', 'vision', 'audio')).to.deep.equal(['zoo-omni: vision audio']);
    expect(chosen('MONOLITHIC', 'vision')).to.deep.equal([]);
    expect(chosen('HYBRID', 'vision', 'audio')).to.deep.equal(['zoo-omni: vision audio']);
    expect(chosen('HYBRID', 'vision'), 'the whole needs a sound, too').to.deep.equal(['zoo-embed: vision']);
  });

  it('runs each graph of a model with several separately', () => {
    const omni = readManifest('models/tabletop-omni.json');
    const whole = createPerceptionBlock('MONOLITHIC', [perceiverOf(omni)]);
    expect(whole.chosen(['text'])).to.deep.equal([{ model: 'tabletop-omni', modalities: ['text'] }]);
    expect(whole.chosen(['vision', 'text'])[0]?.modalities).to.deep.equal(['vision', 'text']);
    expect(whole.chosen(['audio'])).to.deep.equal([]);
  });

  it('takes a model with an adapter for one that looks at the camera where it does not say', () => {
    const { modalities: _, ...silent } = SEE;
    expect(perceiverOf(silent)).to.deep.include({ id: 'zoo-embed', takes: [['vision']] });
    expect(perceiverOf(manifestOf('counter')).takes).to.deep.equal([]);
  });

  it('is the same model as its parts: the files of the whole are theirs', () => {
    const parts = ['vision-refiner', 'language-refiner'].map((id) => readManifest(`models/${id}.json`));
    const omni = readManifest('models/tabletop-omni.json');
    expect(omni.files).to.deep.equal(parts.flatMap(({ files }) => files));
    expect(omni.graphs).to.deep.equal({ ...parts[0]!.graphs, ...parts[1]!.graphs });
  });
});

describe('models/blocks: what they take', function () {
  // Real processes on a machine that may be busy.
  this.timeout(240_000);
  let manager: ModelManager;
  before(() => {
    const parameters = hostParameters({ folder: MODELS, probe_file: '/nonexistent' });
    manager = createModelManager({ parameters, used: [] });
  });
  after(() => manager.close());

  it('loads and unloads its models together, and says what memory they take', async () => {
    const loaded = () =>
      manager
        .list()
        .filter(({ state }) => state === 'ready')
        .map(({ id }) => id);
    const both = block('MODULAR');
    expect(both.estimatedMemory_mb(manager)).to.be.above(block('MODULAR', [SEE]).estimatedMemory_mb(manager));
    await both.load(manager);
    expect(loaded()).to.deep.equal(['zoo-embed', 'zoo-hear']);
    expect(both.estimatedMemory_mb(manager), 'two processes').to.be.above(
      block('MODULAR', [SEE]).estimatedMemory_mb(manager),
    );
    await both.unload(manager);
    expect(loaded()).to.deep.equal([]);
  });
});
