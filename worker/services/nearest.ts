import { editDistance } from '../base/edit-distance.ts';

/** The names that a misspelt one most likely stood for, best first; also without what is before its dot. */
export function nearest(name: string, known: readonly string[], count = 2): string[] {
  const lower = name.toLowerCase();
  return [...known]
    .map((candidate) => ({ candidate, distance: distanceTo(lower, candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, count)
    .map(({ candidate }) => candidate);
}

function distanceTo(name: string, candidate: string): number {
  const last = candidate.slice(candidate.lastIndexOf('.') + 1);
  return Math.min(editDistance(name, candidate), editDistance(name, last));
}
