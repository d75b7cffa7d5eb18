import { paced } from '../pace.ts';

export interface EncodeHooks {
  readonly signal?: AbortSignal | undefined;
  /** How many examples are encoded. */
  readonly onEncoded?: ((examples: number) => void) | undefined;
}

/** What `encode` makes of each example. Events come in meanwhile, and progress is told. Throws `cancelled`. */
export async function encodeExamples<E, F>(
  examples: readonly E[],
  encode: (example: E, index: number) => F,
  { signal, onEncoded }: EncodeHooks,
): Promise<F[]> {
  const pace = paced('encode', { signal, onProgress: ({ files }) => onEncoded?.(files) });
  const encoded: F[] = [];
  for (const [index, example] of examples.entries()) {
    await pace.breathe();
    encoded.push(encode(example, index));
    pace.add(1, 0);
  }
  pace.end();
  return encoded;
}
