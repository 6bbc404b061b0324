/**
 * The cells that show what surprises, in their order.
 * @param surprising_s for how long each cell has shown what surprises in it, s; negative where it does not
 */
export function surprisingCells(surprising_s: Float32Array): number[] {
  const cells: number[] = [];
  for (let cell = 0; cell < surprising_s.length; cell++) if (surprising_s[cell]! >= 0) cells.push(cell);
  return cells;
}
