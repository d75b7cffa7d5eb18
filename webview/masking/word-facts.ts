/** How alike a word is in several sentences, by layer. */
import type { Polysemy } from '../../worker/protocol/encoder.ts';

export interface PairRow {
  /** Two sentences, numbered from 1. */
  readonly one: number;
  readonly other: number;
  /** Cosines: of the bare token embedding, then of each layer. */
  readonly similarities: readonly number[];
}

/** Every two sentences, those that are least alike in the last layer first. `count`: sentences. */
export function pairRows({ layers, similarities }: Polysemy, count: number): PairRow[] {
  const rows: PairRow[] = [];
  for (let i = 0; i < count; i++) {
    for (let j = i + 1; j < count; j++) {
      const at = (layer: number): number => similarities[(layer * count + i) * count + j]!;
      rows.push({
        one: i + 1,
        other: j + 1,
        similarities: Array.from({ length: layers }, (_, layer) => at(layer)),
      });
    }
  }
  return rows.sort((a, b) => a.similarities.at(-1)! - b.similarities.at(-1)!);
}

/** The mean over all pairs, by layer. */
export function meanSimilarities(rows: readonly PairRow[]): number[] {
  const layers = rows[0]?.similarities.length ?? 0;
  return Array.from(
    { length: layers },
    (_, layer) => rows.reduce((sum, { similarities }) => sum + similarities[layer]!, 0) / rows.length,
  );
}

/** Static, then Layer 1 and so on. */
export function layerNames(layers: number): string[] {
  return Array.from({ length: layers }, (_, layer) => (layer === 0 ? 'Static' : `Layer ${layer}`));
}

/** Two decimals, with a true minus. */
export function formatSimilarity(similarity: number): string {
  const text = Math.abs(similarity).toFixed(2);
  return similarity < 0 && Number(text) > 0 ? `\u2212${text}` : text;
}

/** What is heard of it. */
export function wordSummary(word: string, count: number, rows: readonly PairRow[]): string {
  const means = meanSimilarities(rows);
  return `${word} in ${count} sentences: mean similarity ${formatSimilarity(means[0] ?? 0)} static, ${formatSimilarity(means.at(-1) ?? 0)} in the last layer`;
}
