/**
 * Counter-based random numbers: a value is a pure function of (seed, stream, counter), so any position of any
 * stream can be had without drawing what came before it. That is what makes batches resumable at any step.
 */

/** A 32-bit avalanche (the finaliser of MurmurHash3). */
export function mix32(x: number): number {
  x ^= x >>> 16;
  x = Math.imul(x, 0x85ebca6b);
  x ^= x >>> 13;
  x = Math.imul(x, 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

/** FNV-1a over UTF-16 units: names a stream by a string. */
function hash32(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}

export class Random {
  readonly #key: number;
  #counter: number;

  /** `stream` separates uses of one seed ('init', 'batches', ...); `counter` is where to start. */
  constructor(seed: number, stream: string, counter = 0) {
    this.#key = mix32(mix32(seed >>> 0) ^ hash32(stream));
    this.#counter = counter;
  }

  /** The next 32 random bits. */
  uint32(): number {
    const c = this.#counter++;
    const high = Math.floor(c / 0x100000000);
    return mix32(mix32((c >>> 0) ^ this.#key) + Math.imul(high + 1, 0x9e3779b9) + this.#key);
  }

  /** Uniform in [0, 1), 53 bits. */
  uniform(): number {
    return ((this.uint32() >>> 5) * 0x4000000 + (this.uint32() >>> 6)) / 0x20000000000000;
  }

  /** Uniform integer in [0, n). */
  integer(n: number): number {
    return Math.floor(this.uniform() * n);
  }

  /** Standard normal (Box-Muller, one of the pair). */
  normal(): number {
    const r = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return r * Math.cos(2 * Math.PI * this.uniform());
  }

  /** A permutation of 0..n-1 (Fisher-Yates). */
  permutation(n: number): Uint32Array {
    const order = Uint32Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const t = order[i]!;
      order[i] = order[j]!;
      order[j] = t;
    }
    return order;
  }
}
