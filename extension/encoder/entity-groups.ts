/** Entities by type, and in words. */
import type { Entity } from '../../worker/protocol/encoder.ts';

export interface EntityGroup {
  readonly label: string;
  readonly entities: readonly Entity[];
}

/** By type, in the order of their names, so that a type looks the same as long as the types do. */
export function entityGroups(entities: readonly Entity[]): EntityGroup[] {
  const labels = [...new Set(entities.map(({ label }) => label))].sort();
  return labels.map((label) => ({ label, entities: entities.filter((each) => each.label === label) }));
}

/** PER 3, LOC 1: the most frequent first. */
export function entityCounts(entities: readonly Entity[]): string {
  return entityGroups(entities)
    .sort((a, b) => b.entities.length - a.entities.length)
    .map(({ label, entities: { length } }) => `${label} ${length}`)
    .join(', ');
}

/** 97 %. */
export function percent(probability: number): string {
  const share = 100 * probability;
  if (share > 0 && share < 0.1) return '< 0.1 %';
  return `${share >= 10 || share === 0 ? Math.round(share) : share.toFixed(1)} %`;
}
