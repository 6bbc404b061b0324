import { ADAPTER_KINDS, type AdapterDeclaration } from '../../contracts/adapter.js';
import { SageError } from '../../contracts/errors.js';
import type { Tensor } from '../../contracts/inference.js';
import type { GraphDeclaration } from '../../models/index.js';
import { numbersOf } from '../../plugins/adapters/index.js';
import { type AdapterKind, detectionForm, embeddingOf, isProbabilities, kindOf, type Seen } from './guess.js';
import { headsOf, rawLevels } from './heads.js';
import { otherTask } from './other-task.js';

/** What an adapter is given besides its kind. */
export type ToldAdapter = Partial<Omit<AdapterDeclaration, 'kind'>>;

/** What is known about a model before it is run. */
export interface Known {
  readonly id: string;
  readonly path: string;
  /** The kind that is asked for, by the user or by what lies beside the file. */
  readonly kind: AdapterKind | undefined;
  readonly adapter: ToldAdapter;
  readonly metadata: ReadonlyMap<string, string>;
  readonly classes: readonly string[];
  /** Height and width of its picture, px. */
  readonly size: readonly [number, number] | null;
  readonly channels_last: boolean;
}

/** What is made of its outputs. */
export interface Meaning {
  readonly kind: AdapterKind;
  readonly adapter: ToldAdapter;
  readonly classes: readonly string[];
  /** The output that says most. */
  readonly output: Tensor;
}

/** Pixels as YOLOX has them. */
const YOLOX_PIXELS = { scale: 1, channels: 'bgr' } as const;

/** What the outputs are. @throws SageError SAGE_517, SAGE_901, and why an output that is asked for cannot be read */
export function meaningOf(
  known: Known,
  { outputs }: GraphDeclaration,
  tensors: Readonly<Record<string, Tensor>>,
  unread: Readonly<Record<string, SageError>>,
): Meaning {
  const { id, path, adapter, kind: asked, classes, metadata, size } = known;
  if (adapter.heads === undefined && adapter.output === undefined) {
    const found = detectorOf(known, tensors);
    if (found) return found;
  }
  const name = adapter.heads?.boxes ?? adapter.output ?? outputFor(asked, outputs, tensors);
  const output = tensors[name];
  if (!output) {
    const names = outputs.map((each) => each.name).join(', ');
    throw unread[name] ?? new SageError('SAGE_517', id, `it has no output "${name}"; available: ${names}`);
  }
  const input = size ?? [0, 0];
  const masks = masksOf(name, tensors);
  const seen: Seen = { name, ...output, data: numbersOf(output), metadata, classes, input, masks };
  const other = asked === undefined && !metadata.has('task') ? otherTask(seen, tensors) : null;
  if (other !== null) throw new SageError('SAGE_517', id, other);
  const kind = asked ?? kindOf(seen);
  // Some exports have the levels behind boxes that are ready.
  const levels = output.dims.length > 3 && (asked === undefined || asked === 'detection');
  const raw = levels ? rawLevels(tensors) : null;
  if (raw !== null) throw new SageError('SAGE_517', id, raw);
  if (kind === null) {
    // A row of numbers is no picture and no boxes.
    const kinds = seen.dims.length <= 2 ? ['classification', 'embedding'] : ADAPTER_KINDS;
    const says = `its output [${seen.dims.join(', ')}] does not show what kind of model it is; pass --kind ${kinds.join(' or ')}`;
    throw new SageError('SAGE_901', path, says);
  }
  const chosen = name === outputs[0]?.name ? {} : { output: name };
  return { kind, adapter: { ...guessed(kind, seen), ...chosen }, classes, output };
}

/** A detector with outputs of their own for boxes and scores; null where it is none. @throws SageError SAGE_517 */
function detectorOf(
  { id, kind: asked, adapter, metadata, classes, size, channels_last }: Known,
  tensors: Readonly<Record<string, Tensor>>,
): Meaning | null {
  if ((asked !== undefined && asked !== 'detection') || metadata.has('task') || size === null) return null;
  if (adapter.layout !== undefined) return null;
  const found = headsOf(tensors, size, classes, channels_last);
  if (found === null) return null;
  if ('refused' in found) throw new SageError('SAGE_517', id, found.refused);
  const { heads } = found;
  const output = tensors[heads.boxes]!;
  const fit = { fit: 'stretch' } as const;
  return { kind: 'detection', adapter: { heads, ...fit }, classes: found.classes, output };
}

/** Channels of maps, beside boxes, that their masks are made of; 0 where there are none. */
function masksOf(boxes: string, tensors: Readonly<Record<string, Tensor>>): number {
  if (tensors[boxes]?.dims.length !== 3) return 0;
  const maps = Object.entries(tensors).filter(([name, { dims }]) => name !== boxes && dims.length === 4);
  return maps.length === 1 ? (maps[0]![1].dims[1] ?? 0) : 0;
}

/** The output that is read where nobody says which. */
function outputFor(
  asked: AdapterKind | undefined,
  outputs: GraphDeclaration['outputs'],
  tensors: Readonly<Record<string, Tensor>>,
): string {
  const names = outputs.map(({ name }) => name);
  const [first = ''] = names;
  if (asked !== undefined && asked !== 'embedding') return names.includes('logits') ? 'logits' : first;
  const embedding = embeddingOf(names.filter((name) => tensors[name] !== undefined));
  const both = asked === undefined && names.includes('logits') ? 'logits' : undefined;
  return both ?? embedding ?? first;
}

/** What the adapter has to say beside its kind. */
function guessed(kind: AdapterKind, seen: Seen): ToldAdapter {
  const { dims, data, name } = seen;
  if (kind === 'detection') {
    const { extra, ...form } = detectionForm(seen);
    const pixels = form.layout === 'yolox' ? YOLOX_PIXELS : {};
    return { ...form, ...(extra === 0 ? {} : { extra }), ...pixels };
  }
  if (kind === 'embedding') return poolOf(name, dims);
  const last = kind === 'segmentation' ? Math.min(dims[1] ?? 0, dims.at(-1) ?? 0) : (data?.length ?? 0);
  return isProbabilities(seen, last) ? { softmax: false } : {};
}

/**
 * Of tokens the first, which stands for the whole picture, unless there are as many as a square has places; of maps the
 * mean.
 */
function poolOf(name: string, dims: readonly number[]): ToldAdapter {
  if (dims.length === 4 && dims.slice(2).some((dim) => dim > 1)) return { pool: 'mean' };
  const [, tokens = 1] = dims;
  if (dims.length !== 3 || tokens < 2 || !/hidden_state|token|feature/i.test(name)) return {};
  return { pool: Number.isInteger(Math.sqrt(tokens)) ? 'mean' : 'first' };
}
