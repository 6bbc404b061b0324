import { messageOf, SageError } from '../../contracts/errors.js';
import { sliceOf, type TensorHeader } from '../protocol.js';
import { viewAs } from '../tensors.js';
import type { Feeds } from './batch.js';
import { type LoadedSession, toValue, type Value } from './session.js';

/** A tensor of a request, on the bytes of its body. @throws SageError SAGE_508 where it does not lie in it. */
export function received(input: TensorHeader, body: Uint8Array, where: string): Value {
  let bytes: Uint8Array;
  try {
    bytes = sliceOf(input, body);
  } catch (thrown) {
    throw new SageError('SAGE_508', where, messageOf(thrown), { cause: thrown });
  }
  return toValue(input.dtype, viewAs(input.dtype, bytes), input.dims);
}

/** @throws SageError SAGE_508 where an input is missing, is not as the graph declares it, or is not the graph's. */
export function requireFitting(feeds: Feeds, { declared, session }: LoadedSession, where: string): void {
  for (const { name, dtype, shape } of declared.inputs) {
    const feed = feeds[name];
    const fits =
      feed?.type === dtype &&
      feed.dims.length === shape.length &&
      shape.every((dim, i) => typeof dim === 'string' || dim === feed.dims[i]);
    if (!fits) {
      const is = feed ? `${feed.type} [${feed.dims.join(', ')}]` : 'missing';
      const told = `input "${name}" is ${is}, must be ${dtype} [${shape.join(', ')}]`;
      throw new SageError('SAGE_508', where, told);
    }
  }
  const extra = Object.keys(feeds).find((name) => !session.inputNames.includes(name));
  if (extra !== undefined) throw new SageError('SAGE_508', where, `it has no input "${extra}"`);
}
