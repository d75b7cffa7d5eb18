import { ClozeError } from '../base/errors.ts';
import { type PlacedTokens, startOf } from '../tokenizers/placed-tokens.ts';
import { product, unitVector } from './embed.ts';
import type { Answers, EncoderInput, RunOptions } from './encoder.ts';
import { layerName, MOST_POSITIONS } from './programs.ts';
import { type ReadingModel, requireText } from './reading-model.ts';
import type { Polysemy } from './results.ts';
import { windowAround } from './window.ts';

/** Where a word stands in a sentence. */
interface Occurrence {
  readonly start: number;
  readonly end: number;
  readonly tokens: string[];
  readonly input: EncoderInput & { readonly positions: readonly number[] };
}

/**
 * How alike a word is in several sentences, by layer: the cosine of its hidden states, each the mean over its pieces (the
 * first {@link MOST_POSITIONS}). Layer 0 is the token embedding, which is the same wherever the pieces are. The word is
 * looked for whatever its case, and taken where it stands first. Throws `usage` for a word that is not in a sentence or
 * fewer than two sentences, `provider`, `cancelled`.
 */
export async function polysemy(
  model: ReadingModel,
  word: string,
  sentences: readonly string[],
  options: RunOptions = {},
): Promise<Polysemy> {
  requireText(word, 'a word');
  if (sentences.length < 2) {
    throw new ClozeError('usage', `expected two sentences or more, got ${sentences.length}`, {
      hint: 'a word is compared between sentences: give one a line',
    });
  }
  const found = sentences.map((sentence, i) => occurrenceOf(model, word.trim(), sentence, i));
  const inputs = found.map(({ input }) => input);
  const layers = model.encoder.config.layers + 1;
  const states = await model.encoder.ask(
    'layers',
    inputs,
    (answers, index) => stateOfLayers(answers, layers, inputs[index]!.positions.length),
    options,
  );
  return {
    occurrences: found.map(({ start, end, tokens }) => ({ start, end, tokens })),
    layers,
    similarities: cosines(states, layers),
  };
}

/** Throws `usage`. */
function occurrenceOf(model: ReadingModel, word: string, sentence: string, number: number): Occurrence {
  const place = placeOf(word, sentence);
  const placed = model.tokenizer.encodeWithPlaces(sentence);
  const pieces = place === undefined ? [] : piecesAt(sentence, placed, place);
  if (place === undefined || pieces.length === 0) {
    throw new ClozeError('usage', `the word '${word}' is not in sentence ${number + 1}: ${sentence}`, {
      hint: 'each sentence must have the word as it is given, whole; upper and lower case are the same',
      details: { word, sentence, number: number + 1 },
    });
  }
  const window = windowAround(model, placed.ids, pieces[0]!, pieces.at(-1)! + 1);
  return {
    ...place,
    tokens: pieces.map((at) => model.tokenizer.idToToken(placed.ids[at]!)!),
    input: { ...window, positions: pieces.map((at) => at + window.shift) },
  };
}

/** Where a word stands first, and not within another one. */
function placeOf(word: string, sentence: string): { start: number; end: number } | undefined {
  const escaped = word.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  const found = new RegExp(`(?<![\\p{L}\\p{M}\\p{N}])${escaped}(?![\\p{L}\\p{M}\\p{N}])`, 'iu').exec(
    sentence,
  );
  return found === null ? undefined : { start: found.index, end: found.index + found[0].length };
}

/** The tokens that hold something of a place. */
function piecesAt(
  sentence: string,
  placed: PlacedTokens,
  { start, end }: { readonly start: number; readonly end: number },
): number[] {
  const all = [...placed.ids.keys()];
  return all
    .filter((at) => placed.ends[at]! > start && startOf(sentence, placed, at) < end)
    .slice(0, MOST_POSITIONS);
}

/** Each layer's mean over the pieces, of length 1. */
function stateOfLayers(answers: Answers, layers: number, pieces: number): Float32Array[] {
  return Array.from({ length: layers }, (_, layer) => {
    const rows = answers[layerName(layer)]!;
    const width = rows.length / MOST_POSITIONS;
    const sum = new Float32Array(width);
    for (let i = 0; i < pieces * width; i++) sum[i % width]! += rows[i]!;
    return unitVector(sum); // the direction of the mean is that of the sum
  });
}

/** [layers, N, N] of N words. */
function cosines(states: readonly (readonly Float32Array[])[], layers: number): Float32Array<ArrayBuffer> {
  const count = states.length;
  const all = new Float32Array(layers * count * count);
  for (let layer = 0; layer < layers; layer++) {
    for (const [i, one] of states.entries()) {
      for (const [j, other] of states.entries()) {
        all[(layer * count + i) * count + j] = product(one[layer]!, other[layer]!);
      }
    }
  }
  return all;
}
