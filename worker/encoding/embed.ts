import { textFeatures } from '../data/labelled/text-features.ts';
import type { RunOptions } from './encoder.ts';
import { encodingOf, type ReadingModel, requireText } from './reading-model.ts';
import type { Embedded, SimilarText } from './results.ts';

/** What stands for a text: the hidden state of its first token, or the mean over all. */
export type Pooling = 'cls' | 'mean';

export interface EmbedOptions extends RunOptions {
  /** Default 'mean'. */
  readonly pooling?: Pooling | undefined;
  /** Whether each vector is given the length 1. */
  readonly normalize?: boolean | undefined;
}

/**
 * A vector for each text, from the last hidden states; any head will do. One that is too long is cut at its end. Throws
 * `usage` for an empty text, `provider`, `cancelled`.
 */
export async function embed(
  model: ReadingModel,
  texts: readonly string[],
  { pooling = 'mean', normalize = false, signal }: EmbedOptions = {},
): Promise<Embedded> {
  for (const text of texts) requireText(text, 'a text to embed');
  const features = texts.map((text) => textFeatures({ text }, encodingOf(model)));
  const { width } = model.encoder.config;
  const vectors = new Float32Array(texts.length * width);
  const keep = (hidden: Float32Array, index: number): void => {
    vectors.set(normalize ? unitVector(hidden) : hidden, index * width);
  };
  const question = pooling === 'cls' ? 'first' : 'mean';
  await model.encoder.ask(question, features, ({ hidden }, index) => keep(hidden!, index), { signal });
  return { width, vectors, cut: features.map(({ cut }) => cut) };
}

export interface SimilarOptions extends Omit<EmbedOptions, 'normalize'> {
  /** How many; default all. */
  readonly top?: number | undefined;
}

/** The texts by the cosine of their vectors with that of a query, the most similar first. Throws as {@link embed}. */
export async function similar(
  model: ReadingModel,
  query: string,
  texts: readonly string[],
  { top = texts.length, ...options }: SimilarOptions = {},
): Promise<SimilarText[]> {
  const { width, vectors } = await embed(model, [query, ...texts], { ...options, normalize: true });
  const row = (i: number): Float32Array => vectors.subarray(i * width, (i + 1) * width);
  return texts
    .map((text, index) => ({ index, text, similarity: product(row(0), row(index + 1)) }))
    .sort((a, b) => b.similarity - a.similarity || a.index - b.index)
    .slice(0, top);
}

/** x / |x|; zeros stay zeros. */
export function unitVector(x: Float32Array): Float32Array {
  const length = Math.sqrt(product(x, x));
  return length === 0 ? x : x.map((value) => value / length);
}

/** The sum of the products of two vectors' numbers. */
export function product(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
