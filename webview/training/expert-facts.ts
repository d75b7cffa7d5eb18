/** How the routers of a mixture of experts spread tokens, in words and figures. */
import { formatCount, formatNumber } from '../common/format.ts';
import type { Evaluation, Routing } from '../protocol/training.ts';

/** Layers and experts as rows and columns, counted from 1, the last layer at the top, as a model is drawn. */
export interface ExpertGrid {
  readonly columns: readonly string[];
  readonly rows: readonly {
    readonly name: string;
    /** Of the router's choices, in bits. */
    readonly entropy: string;
    readonly cells: readonly {
      /** Of the layer's tokens, in per cent. */
      readonly share: string;
      /** Beside the largest share, from 0 to 1. */
      readonly strength: number;
    }[];
  }[];
}

export function expertGrid({ layers }: Routing): ExpertGrid {
  const largest = Math.max(...layers.flatMap(({ load }) => load));
  const rows = layers.map(({ load, entropy }, layer) => ({
    name: String(layer + 1),
    entropy: entropy.toFixed(2),
    cells: load.map((share) => ({ share: figure(share), strength: share / largest })),
  }));
  return { columns: layers[0]!.load.map((_, expert) => String(expert + 1)), rows: rows.reverse() };
}

/** What the table comes to. */
export function routingSummary({ step, routing }: Pick<Evaluation, 'step'> & { routing: Routing }): string {
  const loads = routing.layers.flatMap(({ load }) => load);
  const experts = routing.layers[0]!.load.length;
  const [least, most] = [Math.min(...loads), Math.max(...loads)].map(percent) as [string, string];
  return [
    `At step ${formatCount(step)}: an expert gets ${least} to ${most} of a layer’s tokens (${percent(1 / experts)} each were even)`,
    `balance loss ${routing.balance.toFixed(3)} (${formatNumber(evenBalance(routing))} were even)`,
  ].join('; ');
}

/**
 * What the balance loss is at least where all experts get as much: how many see a token. Those of a routing are what its loss
 * (worker/models/routing.ts) is larger by than it were if one expert saw a token.
 */
export function evenBalance({ balance, layers }: Routing): number {
  const experts = layers[0]!.load.length;
  const mean = (values: (layer: Routing['layers'][number]) => number): number =>
    layers.reduce((sum, layer) => sum + values(layer), 0) / layers.length;
  const products = layers[0]!.load.map(
    (_, e) => mean(({ load }) => load[e]!) * mean((l) => l.probability[e]!),
  );
  return Math.round(balance / (experts * products.reduce((sum, product) => sum + product, 0)));
}

function figure(share: number): string {
  return (100 * share).toFixed(1);
}

function percent(share: number): string {
  return `${figure(share)} %`;
}
