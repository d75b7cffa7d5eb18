/** An adapter in figures. */
import { formatBytes, formatCount, formatNumber, formatShort } from '../common/format.ts';
import type { AdaptedLayer, AdapterReport, AdapterRun, Comparison } from '../protocol/adapter.ts';

export interface Fact {
  readonly label: string;
  readonly value: string;
  /** What it is to be seen against. */
  readonly note: string;
}

export function factsOf({ trainable, parameters, layers, memory }: AdapterReport, run?: AdapterRun): Fact[] {
  const ranks = [...new Set(layers.map(({ rank }) => rank))];
  const measured = Math.max(0, ...(run?.series.points ?? []).map(({ memoryBytes }) => memoryBytes));
  return [
    {
      label: 'Trainable',
      value: formatPercent(trainable / (parameters + trainable)),
      note: `${formatCount(trainable)} beside ${formatShort(parameters)} that stay as they are`,
    },
    {
      label: 'Rank',
      value: ranks.join(', '),
      note: `${formatCount(layers.length)} layers, scale ${formatNumber(layers[0]?.scale ?? 0)}`,
    },
    {
      label: 'Memory of a step',
      value: formatBytes(memory.adapter),
      note: `estimated; ${formatBytes(memory.full)} with all weights, ${formatPercent(memory.adapter / memory.full)}`,
    },
    ...(measured === 0
      ? []
      : [{ label: 'Measured', value: formatBytes(measured), note: 'the whole process, at most' }]),
  ];
}

/** Layers and targets as rows and columns, the last layer at the top, as a model is drawn. */
export interface NormGrid {
  readonly targets: readonly string[];
  readonly rows: readonly { readonly layer: number; readonly cells: readonly (AdaptedLayer | undefined)[] }[];
  /** The largest share of a weight's norm that an update has. */
  readonly largest: number;
}

export function normGrid(layers: readonly AdaptedLayer[]): NormGrid {
  const targets = [...new Set(layers.map(({ target }) => target))];
  const numbers = [...new Set(layers.map(({ layer }) => layer))].sort((a, b) => b - a);
  const find = (number: number, name: string): AdaptedLayer | undefined =>
    layers.find(({ layer, target }) => layer === number && target === name);
  return {
    targets,
    rows: numbers.map((layer) => ({ layer, cells: targets.map((target) => find(layer, target)) })),
    largest: Math.max(0, ...layers.map(shareOf)),
  };
}

/** The norm of an update beside that of the weight that it is added to. */
export function shareOf({ norm, baseNorm }: Pick<AdaptedLayer, 'norm' | 'baseNorm'>): number {
  return baseNorm === 0 ? 0 : norm / baseNorm;
}

/**
 * How many of its directions an update really uses: the exponential of the entropy of its singular values' squares
 * (Roy and Vetterli 2007, there of the values themselves).
 */
export function effectiveRank(singularValues: readonly number[]): number {
  const squares = singularValues.map((value) => value ** 2);
  const sum = squares.reduce((total, value) => total + value, 0);
  if (sum === 0) return 0;
  const shares = squares.map((value) => value / sum).filter((share) => share > 0);
  return Math.exp(-shares.reduce((total, share) => total + share * Math.log(share), 0));
}

export function layerText({ module, rank, norm, baseNorm, singularValues }: AdaptedLayer): string {
  const used = formatNumber(effectiveRank(singularValues));
  const share = formatPercent(shareOf({ norm, baseNorm }));
  return `${module}: norm ${formatNumber(norm)}, ${share} of the weight's, ${used} of ${rank} directions in use`;
}

/** 0.83 %, 12.4 %. */
export function formatPercent(share: number): string {
  return `${formatNumber(100 * share)} %`;
}

/** How much better the adapter foretells the document; undefined until both have. */
export function gainText({ document, base, adapter }: Comparison): string | undefined {
  if (base === undefined || adapter === undefined) return undefined;
  const [before, after] = [base.likelihood.loss, adapter.likelihood.loss];
  const figures = `loss ${before.toFixed(3)} with the base, ${after.toFixed(3)} with the adapter`;
  const change = Math.exp(after - before) - 1;
  const verdict = `perplexity ${change <= 0 ? 'falls' : 'rises'} by ${formatPercent(Math.abs(change))}`;
  return `${document}, ${formatCount(base.likelihood.tokens.length)} tokens: ${figures}; ${verdict}`;
}
