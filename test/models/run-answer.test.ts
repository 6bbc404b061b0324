import { expect } from 'chai';
import fc from 'fast-check';
import { TENSOR_TYPES } from '../../src/contracts/inference.js';
import { replySchema } from '../../src/models/protocol.js';
import { runAnswerOf } from '../../src/models/run-answer.js';
import { ELEMENT_BYTES, elementsOf } from '../../src/models/tensors.js';

const tensor = fc
  .record({
    name: fc.string(),
    dtype: fc.constantFrom(...TENSOR_TYPES),
    dims: fc.array(fc.nat(20), { maxLength: 8 }).filter((dims) => elementsOf(dims) < 1 << 26),
    offset: fc.nat(1 << 20).map((eighth) => 8 * eighth),
  })
  .map((each) => ({ ...each, bytes: elementsOf(each.dims) * ELEMENT_BYTES[each.dtype] }));
const lane = fc.record({ offset: fc.nat(), bytes: fc.nat(1 << 29) });
const duration = fc.double({ noNaN: true, noDefaultInfinity: true });
const answer = fc.record(
  {
    id: fc.integer(),
    ok: fc.constant(true),
    tensors: fc.array(tensor, { maxLength: 4 }),
    lane,
    run_ms: duration,
    wasted_ms: duration,
  },
  { requiredKeys: ['id', 'ok'] },
);

/** What JSON can say, with numbers and words that are close to what is right. */
const value = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom<unknown>(-1, -0, 0.5, 1, 4, 8, 1 << 29, 2 ** 29 + 8, 2 ** 53, 1e308, true, false, null, ''),
  fc.constantFrom<unknown>('int8', 'float32', 'int4', [], {}, [1], [1, -1], Array(9).fill(1), [
    2 ** 29 + 1,
    0,
  ]),
);
const field = fc.constantFrom(
  'id',
  'ok',
  'tensors',
  'lane',
  'run_ms',
  'name',
  'dtype',
  'dims',
  'offset',
  'bytes',
  'items',
  '__proto__',
);

type Tree = Record<string, unknown>;

/** The objects of an answer: itself, its lane, its tensors. */
function objectsOf(header: Tree): Tree[] {
  const inner = [header.lane, ...((header.tensors as unknown[] | undefined) ?? [])];
  return [header, ...inner.filter((each): each is Tree => typeof each === 'object' && each !== null)];
}

describe('models/run-answer', () => {
  it('knows the answer to every run that went well', () => {
    fc.assert(
      fc.property(answer, (sent) => {
        const header: unknown = JSON.parse(JSON.stringify(sent));
        expect(runAnswerOf(header)).to.equal(header);
        expect(replySchema.parse(header)).to.deep.equal(header);
      }),
    );
  });

  it('takes an answer with anything else in any place where the schema takes it, and only there', () => {
    let [taken, refused] = [0, 0];
    const change = fc.record({ where: fc.nat(5), field, value, gone: fc.boolean() });
    fc.assert(
      fc.property(answer, fc.array(change, { minLength: 1, maxLength: 2 }), (sent, changes) => {
        const header = JSON.parse(JSON.stringify(sent)) as Tree;
        for (const { where, field, value, gone } of changes) {
          const objects = objectsOf(header);
          const object = objects[where % objects.length]!;
          if (gone) delete object[field];
          else
            Object.defineProperty(object, field, {
              value,
              enumerable: true,
              configurable: true,
              writable: true,
            });
          if (header.tensors !== undefined && !Array.isArray(header.tensors)) break;
        }
        const found = runAnswerOf(header);
        const by_schema = replySchema.safeParse(header);
        if (found) {
          taken += 1;
          expect(by_schema.success, by_schema.error?.message).to.equal(true);
          expect(by_schema.data).to.deep.equal(header);
        } else if (by_schema.success) {
          // Not one that is checked by hand: no run, or one of several items.
          expect(['items', 'ok'].some((name) => name in header)).to.equal(true);
          expect(header.items !== undefined || header.ok === false).to.equal(true);
        } else refused += 1;
      }),
      { numRuns: 2000 },
    );
    expect(taken).to.be.greaterThan(50);
    expect(refused).to.be.greaterThan(50);
  });

  it('leaves everything that is no answer to a run to the schema', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (any) => runAnswerOf(any) === null || replySchema.safeParse(any).success),
    );
  });
});
