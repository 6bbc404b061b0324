import type { AdapterModel } from '../../contracts/adapter.js';
import { SageError } from '../../contracts/errors.js';
import { fromHalf } from '../../contracts/half.js';
import type { Tensor } from '../../contracts/inference.js';

/** The numbers of an output as float32; null for booleans. */
export function numbersOf({ type, data }: Tensor): Float32Array | null {
  if (data instanceof Float32Array) return data;
  if (type === 'bool') return null;
  if (type === 'float16') return fromHalf(data as Uint16Array);
  return Float32Array.from(data as ArrayLike<number | bigint>, Number);
}

/** The output as float32. @throws SageError SAGE_517 if it is not numeric */
export function floats(model: Pick<AdapterModel, 'id'>, tensor: Tensor): Float32Array {
  const numbers = numbersOf(tensor);
  if (numbers !== null) return numbers;
  const told = `its output is boolean: [${tensor.dims.join(', ')}]`;
  throw new SageError('SAGE_517', model.id, told);
}
