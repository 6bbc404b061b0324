import type { AttendedPatch, PatchScores } from '../../contracts/attention.js';
import type { Parameters } from '../../contracts/parameters/index.js';
import { topK } from '../../salience/index.js';

/**
 * The patches behind the attention, largest share first: those with surprise or goal evidence of at least
 * evidence_min, at most evidence_max of them. A still scene without a goal has none, whatever the shares.
 */
export function evidenceOf(
  patches: PatchScores | null,
  shares: Float64Array | null,
  { evidence_min, evidence_max }: Pick<Parameters['attention'], 'evidence_min' | 'evidence_max'>,
): readonly AttendedPatch[] {
  if (patches === null || shares === null) return [];
  const { source, columns, surprise, goal } = patches;
  const counted = Array.from(shares, (share, index) =>
    Math.max(surprise[index]!, goal?.[index] ?? 0) >= evidence_min ? share : Number.NaN,
  );
  return topK(counted, evidence_max).map((index) => ({
    source,
    row: Math.floor(index / columns),
    column: index % columns,
    share: shares[index]!,
    surprise: surprise[index]!,
    why: surprise[index]! >= (goal?.[index] ?? 0) ? 'surprise' : 'goal',
  }));
}
