import type { Probe } from '../../models/index.js';

const GAP = '  ';
/** A last column with less room than this stands below its row. */
const ROOM_MIN = 24;
const BELOW = '    ';

/**
 * Columns of texts, aligned. Where they are wider than the terminal the last one is folded, or stands below its row where
 * there is hardly room beside the others; what goes to a file or a pipe stays on one line.
 */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  columns: number | undefined = process.stdout.columns,
): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  const aligned = (row: readonly string[]): string =>
    row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(GAP);
  const last = head.length - 1;
  const full = widths.reduce((sum, width) => sum + width, GAP.length * last);
  if (columns === undefined || full <= columns) return all.map((row) => aligned(row).trimEnd()).join('\n');
  const indent = full - (widths[last] ?? 0);
  const beside = columns - indent >= ROOM_MIN;
  const margin = beside ? ' '.repeat(indent) : BELOW;
  return all
    .flatMap((row) => {
      const folded = fold(row[last] ?? '', columns - margin.length);
      const first = aligned(row.slice(0, last));
      if (!beside) return [first.trimEnd(), ...folded.map((line) => margin + line)];
      const [begin = '', ...rest] = folded;
      return [`${first}${GAP}${begin}`.trimEnd(), ...rest.map((line) => margin + line)];
    })
    .join('\n');
}

/** Lines of at most `width` characters, broken between words; a word that is longer stays whole. */
function fold(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line === undefined || line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines.filter((line) => line !== '');
}

/** What was measured of a model, on one line. */
export function probeLine({ memory_mb, host_mb, load_ms, graphs }: Probe): string {
  const parts =
    host_mb === undefined ? '' : ` (${host_mb.toFixed(0)} host, ${(memory_mb - host_mb).toFixed(0)} model)`;
  const runs = graphs.map(
    ({ name, provider, run_p50_ms }) => `${name} ${run_p50_ms.toFixed(1)} ms on ${provider}`,
  );
  return `${memory_mb.toFixed(0)} MB${parts}, loads in ${load_ms.toFixed(0)} ms; ${runs.join(', ')}`;
}
