import type { InspectedToken } from '../../worker/protocol/inspect.ts';

/**
 * Tokens that get the attention that a head has no use for: special ones (Clark et al. 2019), and the first of a decoder
 * (Xiao et al. 2023).
 */
export function mutedTokens(tokens: readonly InspectedToken[], causal: boolean): number[] {
  return tokens.flatMap(({ special }, i) => (special || (causal && i === 0) ? [i] : []));
}
