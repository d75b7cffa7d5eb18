/** What is combined, in words. */
import { basename } from 'node:path';
import type { CombineRequest } from '../../worker/protocol/combine.ts';

type Part = CombineRequest['parts'][number];

/** Shares that come to about one. */
export function equalWeight(count: number): string {
  return String(Math.round(100 / count) / 100);
}

/** The name that is proposed for it: "tests+docs". */
export function combinedName(adapters: readonly string[]): string {
  return adapters.map((path) => basename(path)).join('+');
}

/** "0.7 tests + 0.3 docs", "1 tests - 0.5 docs". */
export function combinationLabel(parts: readonly Part[]): string {
  return parts.map(termOf).join(' ');
}

function termOf({ adapter, weight }: Part, index: number): string {
  const sign = weight < 0 ? '-' : '+';
  const term = `${Math.abs(weight)} ${basename(adapter)}`;
  if (index === 0) return weight < 0 ? `-${term}` : term;
  return `${sign} ${term}`;
}
