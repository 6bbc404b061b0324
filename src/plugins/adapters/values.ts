import type { AdapterModel } from '../../contracts/adapter.js';
import { SageError } from '../../contracts/errors.js';
import { fromHalf } from '../../contracts/half.js';
import type { Tensor } from '../../contracts/inference.js';

/** What the model gave, as float32. @throws SageError SAGE_517 where it is of no numbers */
export function floats(model: Pick<AdapterModel, 'id'>, { type, data, dims }: Tensor): Float32Array {
  if (data instanceof Float32Array) return data;
  if (type === 'bool')
    throw new SageError('SAGE_517', model.id, `its output is of truth values: [${dims.join(', ')}]`);
  if (type === 'float16') return fromHalf(data as Uint16Array);
  return Float32Array.from(data as ArrayLike<number | bigint>, Number);
}
