import type { Probe } from '../../models/index.js';

/** Columns of texts, aligned. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
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
