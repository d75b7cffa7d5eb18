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

/** Levenshtein distance: insertions, deletions and substitutions between two texts. */
function editDistance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substituted = above[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(substituted, above[j]! + 1, row[j - 1]! + 1));
    }
    above = row;
  }
  return above[b.length]!;
}
