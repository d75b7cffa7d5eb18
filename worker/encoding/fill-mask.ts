import { ClozeError } from '../base/errors.ts';
import { goesOnWord } from '../data/objectives/mask-vocabulary.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import type { EncoderInput, RunOptions } from './encoder.ts';
import { inParts } from './in-parts.ts';
import { largest, softmax } from './probabilities.ts';
import { MOST_POSITIONS } from './programs.ts';
import { type ReadingModel, requireHead } from './reading-model.ts';
import type { FilledMasks, Filling } from './results.ts';
import { windowAround } from './window.ts';

export interface FillMaskOptions extends RunOptions {
  /** Fillings of each mask; default 5. */
  readonly top?: number | undefined;
}

interface Place {
  readonly start: number;
  readonly end: number;
}

/** Either spelling of the mask is read, whichever the vocabulary has. */
const MASK = /\[MASK\]|<mask>/g;

/**
 * What stands in the place of each mask, in the model's opinion: each by itself, while the others stay masks. Of a text
 * that is too long, each mask is shown with as much around it as fits. Throws `usage` for a text without a mask, `model`
 * for a model without a head for masks, `tokenizer`, `provider`, `cancelled`.
 */
export async function fillMask(
  model: ReadingModel,
  text: string,
  { top = 5, signal }: FillMaskOptions = {},
): Promise<FilledMasks> {
  const { encoder, tokenizer } = model;
  const { mask } = model.special;
  requireHead(encoder.config, ['mlm', 'mlm+nsp'], 'filling masks');
  const places = Array.from(text.matchAll(MASK), ({ 0: found, index }) => ({
    start: index,
    end: index + found.length,
  }));
  if (places.length === 0) throw withoutMask(tokenizer, mask);
  const ids = tokenizer.encode(text.replace(MASK, tokenizer.idToToken(mask)!), { allowSpecial: true });
  const positions = [...ids.keys()].filter((at) => ids[at] === mask);
  if (positions.length !== places.length) throw unreadMask(tokenizer, mask);
  const inputs = maskInputs(model, ids, positions);
  const fillings = await encoder.ask(
    'masked',
    inputs,
    ({ logits }, index) =>
      inputs[index]!.positions.map((_, i) => likeliest(rowAt(logits!, i), tokenizer, top)),
    { signal },
  );
  const found = fillings.flat();
  const best = found.map(([first]) => first!);
  return {
    masks: places.map((place, i) => {
      const isFirst = text.slice(0, place.start).trim() === '';
      return { ...place, fillings: found[i]!.map((each) => fillingOf(each, tokenizer, isFirst)) };
    }),
    text: filledIn(text, places, best, tokenizer),
  };
}

/** The whole text, asked about a few masks at a time, or a window around each mask. */
function maskInputs(
  model: ReadingModel,
  ids: Int32Array,
  positions: readonly number[],
): (EncoderInput & { readonly positions: readonly number[] })[] {
  if (ids.length + 2 > model.encoder.config.context) {
    return positions.map((at) => {
      const window = windowAround(model, ids, at, at + 1);
      return { ...window, positions: [at + window.shift] };
    });
  }
  const whole = windowAround(model, ids, 0, ids.length);
  return inParts(positions, MOST_POSITIONS).map((part) => ({
    ...whole,
    positions: part.map((at) => at + whole.shift),
  }));
}

/** Row i of the logits of {@link MOST_POSITIONS} positions. */
function rowAt(logits: Float32Array, i: number): Float32Array {
  const vocab = logits.length / MOST_POSITIONS;
  return logits.subarray(i * vocab, (i + 1) * vocab);
}

type Candidate = Pick<Filling, 'id' | 'probability'>;

function likeliest(logits: Float32Array, tokenizer: Tokenizer, top: number): Candidate[] {
  const probabilities = softmax(logits);
  // a model may have more rows than its vocabulary has tokens
  const known = largest(probabilities, top, (id) => tokenizer.idToToken(id) !== undefined);
  return known.map((id) => ({ id, probability: probabilities[id]! }));
}

function fillingOf({ id, probability }: Candidate, tokenizer: Tokenizer, isFirst: boolean): Filling {
  const begins = isFirst && tokenizer.kind !== 'wordpiece'; // nothing is before it: it needs no blank to be a word
  return {
    id,
    token: tokenizer.idToToken(id)!,
    text: written(id, tokenizer).text.trim(),
    continues: !begins && goesOnWord(tokenizer, id),
    probability,
  };
}

/** What a token writes, and whether it goes on the word before it. */
function written(id: number, tokenizer: Tokenizer): { text: string; continues: boolean } {
  const token = tokenizer.idToToken(id)!;
  if (tokenizer.kind !== 'wordpiece') {
    const text = tokenizer.decode([id]);
    return { text, continues: true }; // byte-level tokens bring their blanks
  }
  const continues = token.startsWith('##') && token.length > 2;
  return { text: continues ? token.slice(2) : token, continues };
}

/** The text with a token in each place. */
function filledIn(
  text: string,
  places: readonly Place[],
  fillings: readonly Candidate[],
  tokenizer: Tokenizer,
): string {
  let filled = '';
  let at = 0;
  for (const [i, { start, end }] of places.entries()) {
    const before = filled + text.slice(at, start);
    const { text: word, continues } = written(fillings[i]!.id, tokenizer);
    if (continues) filled = before.trim() === '' ? before + word.trimStart() : before.trimEnd() + word;
    else filled = before + word;
    at = end;
  }
  return filled + text.slice(at);
}

function withoutMask(tokenizer: Tokenizer, mask: number): ClozeError {
  const token = tokenizer.idToToken(mask)!;
  return new ClozeError('usage', `expected a text with ${token}, got a text without ${token}`, {
    hint: `write ${token} in the place of the word to find, for example: The capital of France is ${token}.`,
    details: { token },
  });
}

/** A tokenizer.json can have the mask as an ordinary entry, which text then does not spell. */
function unreadMask(tokenizer: Tokenizer, mask: number): ClozeError {
  const token = tokenizer.idToToken(mask)!;
  return new ClozeError('tokenizer', `the tokenizer does not read ${token} in a text`, {
    hint: `its tokenizer.json should have ${token} among the added_tokens, as special`,
    details: { token },
  });
}
