import { expect } from 'chai';
import { z } from 'zod';
import { choice, choices, flag, real, reals, text, texts, whole } from '../../src/contracts/parameter.js';
import { walkParameters } from '../../src/contracts/parameter-walk.js';
import { defaultParameters, parametersSchema } from '../../src/contracts/parameters/index.js';

const meta = { description: 'what it does', unit: 'm', source: 'a measurement' };

/** What JSON Schema has of a parameter or a group of them. */
interface Described {
  readonly properties?: Readonly<Record<string, Described>>;
  readonly items?: Described;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly default?: unknown;
}

describe('walkParameters', () => {
  const schema = z.strictObject({
    a: z
      .strictObject({
        real: real(0.5, { min: -1, max: 2 }, { ...meta, live: true }),
        whole: whole(3, { min: 1, max: 9 }, meta),
        flag: flag(false, meta),
        text: text('', meta),
        choice: choice(['x', 'y'], 'y', meta),
        reals: reals([1, 2], { min: 0, max: 5, length: 2 }, meta),
        texts: texts(['p'], meta),
        choices: choices(['v', 'w'], ['w'], meta),
      })
      .prefault({}),
  });
  const leaves = walkParameters(schema);
  const leaf = (name: string) => leaves.find(({ path }) => path === `a.${name}`);

  it('lists every leaf in order with its type and default', () => {
    expect(leaves.map(({ path, type, default: value }) => [path, type, value])).to.deep.equal([
      ['a.real', 'real', 0.5],
      ['a.whole', 'whole', 3],
      ['a.flag', 'flag', false],
      ['a.text', 'text', ''],
      ['a.choice', 'choice', 'y'],
      ['a.reals', 'reals', [1, 2]],
      ['a.texts', 'texts', ['p']],
      ['a.choices', 'texts', ['w']],
    ]);
  });

  it('carries range, options, length and metadata', () => {
    expect(leaf('real')).to.include({ min: -1, max: 2, live: true, unit: 'm', source: 'a measurement' });
    expect(leaf('whole')).to.include({ min: 1, max: 9, live: false, description: 'what it does' });
    expect(leaf('choice')?.options).to.deep.equal(['x', 'y']);
    expect(leaf('choices')?.options).to.deep.equal(['v', 'w']);
    expect(leaf('texts')?.options).to.equal(null);
    expect(leaf('reals')).to.include({ min: 0, max: 5, length: 2 });
    expect(leaf('texts')).to.include({ min: null, max: null, length: null });
  });

  it('says what the schema itself says of its ranges and lengths', () => {
    const described = z.toJSONSchema(parametersSchema, { io: 'input' }) as unknown as Described;
    for (const { path, min, max, length, ...leaf } of walkParameters(parametersSchema)) {
      const [group = '', name = ''] = path.split('.');
      const node = described.properties?.[group]?.properties?.[name];
      const { minimum = null, maximum = null } = node?.items ?? node ?? {};
      const exact = node?.minItems !== undefined && node.minItems === node.maxItems ? node.minItems : null;
      expect({ min, max, length }, path).to.deep.equal({ min: minimum, max: maximum, length: exact });
      expect(leaf.default, path).to.deep.equal(node?.default);
    }
  });

  it('refuses a leaf without a default', () => {
    expect(() => walkParameters(z.strictObject({ b: z.number() }))).to.throw(
      'b: a parameter needs a default',
    );
  });

  it('finds in the real schema exactly the leaves that the parsed defaults have', () => {
    const paths = Object.entries(defaultParameters()).flatMap(([group, values]) =>
      Object.keys(values).map((name) => `${group}.${name}`),
    );
    const walked = walkParameters(parametersSchema);
    expect(walked.map(({ path }) => path)).to.deep.equal(paths);
    for (const { path, description } of walked) expect(description, path).not.to.equal('');
  });
});
