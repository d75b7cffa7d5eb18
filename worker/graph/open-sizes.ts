/**
 * Sizes that a written model leaves open. A graph has a number for every size (docs/adr/0007); an open one is a prime that
 * divides no other size, so that a size computed from it, such as the B T rows of a batch, still tells what it was made
 * of (docs/adr/0016).
 */
import { ClozeError } from '../base/errors.ts';

/** Names of open sizes by their number. */
export type OpenSizes = ReadonlyMap<number, string>;

/**
 * Sizes that each run chooses, of the first axis of its feeds, where a program is compiled once for all of them (`cpu` only;
 * docs/adr/0017). In a graph a prime stands for each, which no other size is: shapes are checked as ever.
 */
export const FREE = { rows: 1_000_003, picked: 1_000_033 } as const;

/** The names that they have in ONNX. */
export const FREE_SIZES: OpenSizes = new Map(Object.entries(FREE).map(([name, prime]) => [prime, name]));

/** A size as a product: a number, and open sizes. */
export interface Product {
  readonly factor: number;
  /** Their numbers. */
  readonly open: readonly number[];
}

/** What a size was made of. Sums of open sizes are known only as they are, primes also in products. */
export function factorise(size: number, open: OpenSizes): Product {
  if (open.has(size)) return { factor: 1, open: [size] };
  const found: number[] = [];
  let factor = size;
  for (const each of open.keys()) {
    if (!isPrime(each)) continue;
    for (; factor !== 0 && factor % each === 0; factor /= each) found.push(each);
  }
  return { factor, open: found };
}

/** Above the sizes of small axes, and small enough for the product of two and a vocabulary to be exact. */
const FIRST = 10007;

/**
 * `count` numbers for open sizes beside the sizes `fixed`. The sum of any two may be an open size too.
 * Throws `model` if the sizes leave no room.
 */
export function openNumbers(count: number, fixed: readonly number[]): number[] {
  const numbers: number[] = [];
  for (let n = FIRST; numbers.length < count && n < 10 * FIRST; n += 2) {
    const sums = numbers.map((other) => other + n);
    if (isPrime(n) && fixed.every((size) => size % n !== 0 && !sums.includes(size))) numbers.push(n);
  }
  if (numbers.length === count) return numbers;
  throw new ClozeError('model', 'no numbers are left for the sizes that the written model leaves open');
}

function isPrime(n: number): boolean {
  for (let d = 2; d * d <= n; d++) if (n % d === 0) return false;
  return true;
}
