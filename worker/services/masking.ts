/** A text masked as a batch of training masks it, with what the model predicts: what the masking page shows. */
import { maskVocabulary, continuesWord } from '../data/objectives/mask-vocabulary.ts';
import { type MaskedSequence, MASKING, maskSequence } from '../data/objectives/masking.ts';
import { inParts } from '../encoding/in-parts.ts';
import type { RunOptions } from '../encoding/encoder.ts';
import { largest, softmax } from '../encoding/probabilities.ts';
import { MOST_POSITIONS } from '../encoding/programs.ts';
import { encodingOf, type ReadingModel, requireHead, requireText } from '../encoding/reading-model.ts';
import { nameOf } from '../inspect/tokens.ts';
import type { MaskedText, MaskedToken, MaskingMark, MaskingRequest } from '../protocol/masking.ts';
import { framePair } from '../tokenizers/pairs.ts';
import { startOf } from '../tokenizers/placed-tokens.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';

/** BERT's. */
const RATE = 0.15;

/** What the model says of one chosen token. */
interface Guess extends Pick<MaskedToken, 'predictions' | 'probability'> {
  readonly isRight: boolean;
}

/**
 * Throws `usage` for an empty text, `model` for a model without a head for masks, `tokenizer`, `provider`, `cancelled`.
 */
export async function maskText(
  model: ReadingModel,
  { text, seed, rate = RATE, words = false, top = 5 }: MaskingRequest,
  { signal }: RunOptions = {},
): Promise<MaskedText> {
  requireHead(model.encoder.config, ['mlm', 'mlm+nsp'], 'showing masks');
  requireText(text, 'a text to mask');
  const { tokenizer } = model;
  const { special, maxLength } = encodingOf(model);
  const placed = tokenizer.encodeWithPlaces(text);
  const framed = framePair(special, placed.ids, undefined, maxLength);
  const masked = maskSequence(
    framed.ids,
    maskVocabulary(tokenizer),
    { rate, dynamic: true, continues: words ? continuesWord(tokenizer) : undefined },
    { seed, sample: 0, epoch: 0 },
  );
  const guesses = await guessesOf(model, framed.segments, masked, { top, signal });
  const tokens = Array.from(framed.ids, (id, at): MaskedToken => {
    const index = at - framed.a.start;
    const isText = index >= 0 && index < framed.a.length;
    const guess = guesses.get(at);
    return {
      name: nameOf(tokenizer, id),
      start: isText ? startOf(text, placed, index) : 0,
      end: isText ? placed.ends[index]! : 0,
      special: !isText,
      mark: MARKS[masked.marks[at]!]!,
      shown: nameOf(tokenizer, masked.ids[at]!),
      predictions: guess?.predictions ?? [],
      probability: guess?.probability ?? 0,
    };
  });
  return { tokens, cut: framed.cut, ...scoreOf([...guesses.values()]) };
}

const MARKS: Readonly<Record<number, MaskingMark>> = {
  [MASKING.kept]: 'untouched',
  [MASKING.masked]: 'masked',
  [MASKING.replaced]: 'replaced',
  [MASKING.same]: 'kept',
};

/** By position. */
async function guessesOf(
  { encoder, tokenizer }: ReadingModel,
  segments: Int32Array,
  { ids, positions, targets }: MaskedSequence,
  { top, signal }: { readonly top: number } & RunOptions,
): Promise<Map<number, Guess>> {
  const parts = inParts([...positions], MOST_POSITIONS);
  const inputs = parts.map((part) => ({ ids, segments, positions: part }));
  const found = await encoder.ask(
    'masked',
    inputs,
    ({ logits }, part) =>
      parts[part]!.map((_, i) =>
        guessOf(rowAt(logits!, i), targets[part * MOST_POSITIONS + i]!, tokenizer, top),
      ),
    { signal },
  );
  return new Map(found.flat().map((guess, i) => [positions[i]!, guess]));
}

/** Row i of the logits of {@link MOST_POSITIONS} positions. */
function rowAt(logits: Float32Array, i: number): Float32Array {
  const vocab = logits.length / MOST_POSITIONS;
  return logits.subarray(i * vocab, (i + 1) * vocab);
}

function guessOf(logits: Float32Array, target: number, tokenizer: Tokenizer, top: number): Guess {
  const probabilities = softmax(logits);
  // a model may have more rows than its vocabulary has tokens
  const best = largest(probabilities, top, (id) => tokenizer.idToToken(id) !== undefined);
  return {
    predictions: best.map((id) => ({ name: nameOf(tokenizer, id), probability: probabilities[id]! })),
    probability: probabilities[target]!,
    isRight: best[0] === target,
  };
}

function scoreOf(guesses: readonly Guess[]): Pick<MaskedText, 'chosen' | 'right' | 'loss'> {
  const chosen = guesses.length;
  const total = guesses.reduce((sum, { probability }) => sum - Math.log(probability), 0);
  return {
    chosen,
    right: guesses.filter(({ isRight }) => isRight).length,
    loss: chosen === 0 ? 0 : total / chosen,
  };
}
