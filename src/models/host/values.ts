import { messageOf, SageError } from '../../contracts/errors.js';
import { TENSOR_TYPES, type TensorData, type TensorType } from '../../contracts/inference.js';
import type { OutgoingTensor } from '../protocol.js';
import { allFinite, bytesOf } from '../tensors.js';
import type { Value } from './session.js';

function isTensorType(type: string): type is TensorType {
  return (TENSOR_TYPES as readonly string[]).includes(type);
}

/** A value as it is sent, shared, not copied. @throws SageError SAGE_508 for elements that cannot be sent. */
export function outgoing(name: string, value: Value): OutgoingTensor {
  if (!isTensorType(value.type)) {
    throw new SageError('SAGE_508', name, `elements of type ${value.type} cannot be sent`);
  }
  return { name, dtype: value.type, dims: value.dims, bytes: bytesOf(value.data as TensorData) };
}

/** @throws SageError SAGE_507 */
export function requireFinite(value: Value, where: string): void {
  if (isTensorType(value.type) && !allFinite(value.type, value.data as TensorData)) {
    throw new SageError('SAGE_507', where, 'it has NaN or infinity');
  }
}

export function asSageError(thrown: unknown, where: string): SageError {
  return thrown instanceof SageError
    ? thrown
    : new SageError('SAGE_505', where, messageOf(thrown), { cause: thrown });
}

/** What `act` gives, or its error. */
export function settled<T>(act: () => T, where: string): T | SageError {
  try {
    return act();
  } catch (thrown) {
    return asSageError(thrown, where);
  }
}
