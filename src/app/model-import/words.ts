import type { AdapterDeclaration, AdapterValue } from '../../contracts/adapter.js';
import type { ModelManifest } from '../../models/index.js';

/** How pixels are to be normalised shows nowhere in a graph. */
const IMAGENET_TOO = '; torchvision and timm models need --imagenet';

/**
 * What was made of a model, a line each: what it gives, its classes, how it is shown a picture, what else it takes.
 * @param unsaid nobody says how its pixels are normalised
 */
export function inWords(
  { adapter, classes = [], graphs }: ModelManifest,
  output: { readonly type: string; readonly dims: readonly number[] },
  named_by: string,
  run_ms: number,
  vision: AdapterValue | null,
  unsaid = false,
): readonly string[] {
  if (!adapter) return [];
  const { type, dims } = output;
  const gives = `outputs ${type} [${dims.join(', ')}]${meaningOf(adapter, type)}`;
  const lines = [`${adapter.kind}: ${gives}; test run ${run_ms.toFixed(1)} ms`];
  const names = classes.length === 0 ? 'no names; pass --classes' : `${classes.length}, ${named_by}`;
  if (adapter.kind !== 'embedding') lines.push(`classes: ${names}`);
  const input = Object.values(graphs)[0]?.inputs.find(({ name }) => name === vision?.name);
  const guessed = unsaid && adapter.kind !== 'detection' && input?.dtype !== 'uint8' ? IMAGENET_TOO : '';
  if (input) lines.push(`image: ${input.dtype}, ${pixelsInWords(adapter, input)}${guessed}`);
  for (const [name, numbers] of Object.entries(adapter.constants)) {
    lines.push(`input "${name}": constant ${numbers.join(', ')}`);
  }
  return lines;
}

function meaningOf(adapter: AdapterDeclaration, type: string): string {
  const { kind, layout, columns, extra, softmax, heads, pool } = adapter;
  if (kind === 'embedding') {
    return pool === 'none' ? '' : pool === 'first' ? ', first token used' : ', averaged';
  }
  if (heads) return headsInWords(heads);
  if (kind === 'detection') {
    const order = columns === undefined ? '' : ` (${columns})`;
    return ` as ${layout}${order}${extra > 0 ? `, ${extra} values after the classes ignored` : ''}`;
  }
  if (!type.startsWith('float')) return ', class indices';
  return softmax ? ', logits' : ', probabilities';
}

const FORMS = {
  ltrb: 'corners',
  tlbr: 'corners, y before x',
  cxcywh: 'centre and size',
} as const;

function headsInWords(heads: NonNullable<AdapterDeclaration['heads']>): string {
  const { boxes, scores, classes, count, form, unit, activation, background, class_from } = heads;
  const parts = [
    `boxes "${boxes}" (${FORMS[form]}, in ${unit === 'share' ? 'fractions of the image size' : 'pixels'})`,
  ];
  const judged = [
    ...(activation === 'none' ? [] : [activation]),
    ...(background === 'none' ? [] : [`the ${background} class is background`]),
  ];
  if (scores !== undefined) {
    parts.push(`scores "${scores}"${judged.length === 0 ? '' : ` (${judged.join(', ')})`}`);
  }
  if (classes !== undefined) parts.push(`classes "${classes}"${class_from === 0 ? '' : ' from 1'}`);
  if (count !== undefined) parts.push(`count "${count}"`);
  return `: ${parts.join(', ')}`;
}

function pixelsInWords({ scale, mean, channels, fit }: AdapterDeclaration, { dtype }: AdapterValue): string {
  const shifted = mean.some((value) => value !== 0) ? ', normalised with mean and std' : '';
  const range = dtype === 'uint8' || scale === 1 ? '0 to 255' : `divided by ${scale}`;
  return `${channels}, ${range}${dtype === 'uint8' ? '' : shifted}, ${fit}`;
}
