import { mix32 } from '../base/random.ts';

const ROUNDS = 6;

/**
 * Where place `index` of 0..n-1 goes in a permutation that is a pure function of `key` (32 bits): a Feistel network
 * over the next even power of two, walked until it lands below n (Black and Rogaway 2002, "Ciphers with Arbitrary
 * Finite Domains"). Needs no memory for the order. n < 2^32.
 */
export function permute(index: number, n: number, key: number): number {
  const half = Math.max(1, Math.ceil(Math.log2(n) / 2));
  const mask = 2 ** half - 1;
  let value = index;
  do {
    let left = Math.floor(value / 2 ** half);
    let right = value & mask;
    for (let round = 0; round < ROUNDS; round++) {
      [left, right] = [right, left ^ (mix32((right + Math.imul(round + 1, 0x9e3779b9)) ^ key) & mask)];
    }
    value = left * 2 ** half + right;
  } while (value >= n);
  return value;
}
