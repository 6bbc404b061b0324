import { SageError } from '../../contracts/errors.js';
import type { Slot, Tensor } from '../../contracts/inference.js';
import type { GraphDeclaration, ModelManifest } from '../manifest.js';
import type { CarriedSlots } from './carried.js';
import type { Resident } from './resident.js';

const sideOf = (values: GraphDeclaration['inputs']): string =>
  values
    .map(({ name, dtype, shape, internal }) =>
      internal ? `${name}, internal` : `${name} ${dtype} [${shape.join(', ')}]`,
    )
    .sort()
    .join('; ');

/** The first difference that users of a model would notice if the other took its place; null where there is none. */
function difference(from: ModelManifest, to: ModelManifest): string | null {
  const names = (manifest: ModelManifest): string => Object.keys(manifest.graphs).sort().join(', ');
  if (names(from) !== names(to)) return `graphs ${names(from)} against ${names(to)}`;
  for (const [name, graph] of Object.entries(from.graphs)) {
    for (const side of ['inputs', 'outputs'] as const) {
      const [a, b] = [sideOf(graph[side]), sideOf(to.graphs[name]![side])];
      if (a !== b) return `${side} of ${name}: ${a} against ${b}`;
    }
  }
  return null;
}

export const sameFace = (from: ModelManifest, to: ModelManifest): boolean => difference(from, to) === null;

/**
 * Whether one can take the place of the other without its users noticing.
 * @throws SageError SAGE_515 naming the first difference.
 */
export function requireSameFace(from: ModelManifest, to: ModelManifest): void {
  const found = difference(from, to);
  if (found !== null) throw new SageError('SAGE_515', `${from.id} to ${to.id}`, found);
}

/** State that waits to be put into another host. */
export interface Luggage {
  readonly slots: readonly Slot[];
  readonly tensors: readonly Tensor[];
}

/** What a host keeps for refinements under way, when the next model can go on with it; else nothing. */
export async function packUp(old: Resident, to: ModelManifest, carried: CarriedSlots): Promise<Luggage> {
  const same = old.manifest.carries !== undefined && old.manifest.carries === to.carries;
  const slots = same && old.fault === null ? old.host.slots() : [];
  const tensors: Tensor[] = [];
  carried.depart(slots);
  for (const slot of slots) tensors.push(await old.host.read(slot));
  return { slots, tensors };
}

/** Puts all of it into the next host, or nothing; returns where each tensor lies now, in order. */
export async function unpack({ tensors }: Luggage, next: Resident): Promise<readonly Slot[]> {
  const slots: Slot[] = [];
  try {
    for (const tensor of tensors) slots.push(await next.host.put(tensor));
  } catch (thrown) {
    next.host.free(slots);
    throw thrown;
  }
  return slots;
}
