/** Which heads are looked at: some of [0, count), ascending, at least one. A head is layer * heads + head. */

/** The heads that there are; the first where there is none. */
export function validHeads(chosen: readonly number[], count: number): number[] {
  const valid = [...new Set(chosen)].filter((head) => head < count).sort((a, b) => a - b);
  return valid.length === 0 ? [0] : valid;
}

/** Takes a head in or out; the last one stays. */
export function toggled(chosen: readonly number[], head: number): number[] {
  if (!chosen.includes(head)) return [...chosen, head].sort((a, b) => a - b);
  return chosen.length === 1 ? [...chosen] : chosen.filter((each) => each !== head);
}

export function allHeads(count: number): number[] {
  return Array.from({ length: count }, (_, head) => head);
}

/** Layers by heads, the same number in each. */
export interface HeadGrid {
  readonly layers: number;
  readonly heads: number;
}

/** "layer 2, head 5", or how many there are. People count from 1. */
export function headsName(chosen: readonly number[], { layers, heads }: HeadGrid): string {
  const [only] = chosen;
  if (chosen.length === 1 && only !== undefined) return headName(only, heads);
  if (chosen.length === layers * heads) return `the average of all ${chosen.length} heads`;
  return `the average of ${chosen.length} heads`;
}

export function headName(head: number, heads: number): string {
  return `layer ${Math.floor(head / heads) + 1}, head ${(head % heads) + 1}`;
}

/** The head that a key moves to from another, or undefined for a key that moves nowhere. */
export function movedHead(key: string, head: number, { layers, heads }: HeadGrid): number | undefined {
  const [layer, column] = [Math.floor(head / heads), head % heads];
  const at = (row: number, place: number): number =>
    Math.max(0, Math.min(layers - 1, row)) * heads + Math.max(0, Math.min(heads - 1, place));
  switch (key) {
    case 'ArrowLeft':
      return at(layer, column - 1);
    case 'ArrowRight':
      return at(layer, column + 1);
    case 'ArrowUp':
      return at(layer - 1, column);
    case 'ArrowDown':
      return at(layer + 1, column);
    case 'Home':
      return at(layer, 0);
    case 'End':
      return at(layer, heads - 1);
    case 'PageUp':
      return at(0, column);
    case 'PageDown':
      return at(layers - 1, column);
    default:
      return undefined;
  }
}
