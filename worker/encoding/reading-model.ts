/** An encoder with its tokenizer: what every question to a text starts from. */
import { ClozeError } from '../base/errors.ts';
import type { Encoding } from '../data/labelled/text-features.ts';
import type { BertConfig, EncoderHead } from '../models/bert-config.ts';
import { type EncoderSpecials, encoderSpecials } from '../tokenizers/pairs.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import type { Encoder } from './encoder.ts';

export interface ReadingModel {
  readonly encoder: Pick<Encoder, 'config' | 'ask'>;
  readonly tokenizer: Tokenizer;
  readonly special: EncoderSpecials;
}

/** Throws `tokenizer` if the vocabulary lacks a special token that an encoder needs. */
export function readingModel(encoder: ReadingModel['encoder'], tokenizer: Tokenizer): ReadingModel {
  return { encoder, tokenizer, special: encoderSpecials(tokenizer) };
}

/** How texts become sequences, the same as in training. */
export function encodingOf({ encoder, tokenizer, special }: ReadingModel): Encoding {
  return { tokenizer, special, maxLength: encoder.config.context };
}

/** What each head is good for, as the command line names it. */
const USES: Readonly<Record<EncoderHead, string>> = {
  none: 'cloze embed, similar and polysemy',
  mlm: 'cloze fill-mask',
  'mlm+nsp': 'cloze fill-mask',
  classify: 'cloze classify',
  tag: 'cloze tag',
  answer: 'cloze answer',
};

/** Throws `model` unless the model has one of the heads; `purpose` says what they are needed for. */
export function requireHead(
  { head }: Pick<BertConfig, 'head'>,
  heads: readonly EncoderHead[],
  purpose: string,
): void {
  if (heads.includes(head)) return;
  const has = head === 'none' ? 'a model without a head' : `a model with the head ${head}`;
  throw new ClozeError('model', `${purpose} needs a model with the head ${heads.join(' or ')}, got ${has}`, {
    hint: `this one is for ${USES[head]}; training with another objective puts another head on it`,
    details: { head, heads },
  });
}

/** Throws `usage` if there is nothing in a text; `what` names it. */
export function requireText(text: string, what: string): void {
  if (text.trim() !== '') return;
  throw new ClozeError('usage', `expected ${what}, got an empty text`, {
    hint: 'give at least one word',
    details: { text },
  });
}
