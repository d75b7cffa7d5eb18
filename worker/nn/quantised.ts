/** Frozen weights of 4 or 8 bits in the place of float32 (blockwise, as in Dettmers et al. 2022 and 2023). */
import type { Bits } from '../graph/ops/index.ts';
import type { WeightLayout } from './layers.ts';

/** Which weights of a model are quantised, and how their products are computed. */
export interface Quantised {
  /** Bits by the name of the module, such as `transformer.h.0.attn.c_attn`. */
  readonly bits: ReadonlyMap<string, Bits>;
  /** Whether products may round what they multiply with, too: for generation, never for training. */
  readonly rounded: boolean;
}

/** Names of a weight's two parts within its module. */
export const CODES = 'weight.codes';
export const SCALES = 'weight.scales';

/** [out, in] of a weight as it is stored. */
export function outIn([rows, columns]: readonly number[], layout: WeightLayout): [number, number] {
  return layout === 'out-in' ? [rows!, columns!] : [columns!, rows!];
}
