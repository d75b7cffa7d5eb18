/** How the routers of a mixture of experts spread tokens, for people. */
import type { Routing } from '../models/routing-schema.ts';
import { formatTable } from './format.ts';

/** One line: whether experts are left out. */
export function routingText({ balance, layers }: Routing): string {
  const loads = layers.flatMap(({ load }) => load);
  const percent = (share: number): string => (100 * share).toFixed(0);
  return `balance ${balance.toFixed(3)}, experts get ${percent(Math.min(...loads))} to ${percent(Math.max(...loads))} %`;
}

/** A row a layer: the entropy of its router's choice, and the share of the tokens that each expert gets. */
export function routingTable({ layers }: Routing): string {
  const experts = layers[0]!.load.map((_, e) => `expert ${e + 1}`);
  const rows = layers.map(({ entropy, load }, layer) => [
    String(layer + 1),
    `${entropy.toFixed(2)} bits`,
    ...load.map((share) => `${(100 * share).toFixed(1)} %`),
  ]);
  const columns = Array.from({ length: experts.length + 1 }, (_, i) => i + 1);
  return formatTable([['layer', 'choice', ...experts], ...rows], columns);
}
