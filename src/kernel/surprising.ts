/**
 * Indices of the surprising cells, ascending.
 * @param surprising_s how long each cell has been surprising, s; negative where it is not
 */
export function surprisingCells(surprising_s: Float32Array): number[] {
  const cells: number[] = [];
  for (let cell = 0; cell < surprising_s.length; cell++) if (surprising_s[cell]! >= 0) cells.push(cell);
  return cells;
}
