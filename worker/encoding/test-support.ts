/** Small encoders and tokenizers whose behaviour is known. */
import { fileURLToPath } from 'node:url';
import { type BertConfig, BertConfigSchema, type EncoderHead } from '../models/bert-config.ts';
import { loadEncoder } from '../models/load.ts';
import type { Device } from '../runtime/device.ts';
import { BpeTokenizer } from '../tokenizers/bpe.ts';
import { UNCASED } from '../tokenizers/bert-normalizer.ts';
import { BYTE_SYMBOLS } from '../tokenizers/byte-symbols.ts';
import { BERT_SPECIAL, ROBERTA_SPECIAL, type Tokenizer } from '../tokenizers/tokenizer.ts';
import { BERT_MODEL } from '../tokenizers/wordpiece-model.ts';
import { WordPieceTokenizer } from '../tokenizers/wordpiece.ts';
import { type Answers, Encoder, type EncoderInput } from './encoder.ts';
import type { Question } from './programs.ts';
import { type ReadingModel, readingModel } from './reading-model.ts';

const FIXTURES = fileURLToPath(new URL('../../test/fixtures/parity/', import.meta.url));

/** The folder of a tiny model that Hugging Face's code has computed with, such as 'bert/token_classification'. */
export function fixtureFolder(name: string): string {
  return `${FIXTURES}${name}`;
}

/** Opens such a model. */
export async function fixtureEncoder(device: Device, name: string): Promise<Encoder> {
  const { config, state } = await loadEncoder(fixtureFolder(name), device);
  return new Encoder(device, config, state);
}

/** Ids 0 to 4 are special; then the pieces, and `w0`, `w1`, ... to fill `size` entries. */
export function wordPieces(pieces: readonly string[], size = 211): WordPieceTokenizer {
  const special = Object.values(BERT_SPECIAL);
  const named = [...special, ...pieces];
  const fill = Array.from({ length: size - named.length }, (_, i) => `w${i}`);
  return new WordPieceTokenizer({
    ...BERT_MODEL,
    vocab: new Map([...named, ...fill].map((token, id) => [token, id])),
    addedTokens: special.map((content, id) => ({ id, content, special: true })),
    normalizer: UNCASED,
  });
}

/** RoBERTa's special tokens, the 256 bytes, and merges of two byte symbols. */
export function robertaBytes(merges: readonly (readonly [string, string])[] = []): BpeTokenizer {
  const names = ['cls', 'pad', 'sep', 'unk', 'mask'] as const;
  const special = names.map((role) => ROBERTA_SPECIAL[role]);
  const tokens = [...special, ...BYTE_SYMBOLS, ...merges.map(([left, right]) => left + right)];
  return new BpeTokenizer({
    vocab: new Map(tokens.map((token, id) => [token, id])),
    merges,
    addedTokens: special.map((content, id) => ({
      id,
      content,
      special: true,
      lstrip: content === ROBERTA_SPECIAL.mask,
    })),
  });
}

export function smallEncoder(head: EncoderHead, fields: Partial<BertConfig> = {}): BertConfig {
  const shape = { vocab: 300, context: 16, layers: 2, width: 8, heads: 2, feedForward: 16 };
  return BertConfigSchema.parse({ head, ...shape, ...fields });
}

/** A model that answers each sequence as `reply` says, and what it was asked. */
export function scriptedModel(
  config: BertConfig,
  tokenizer: Tokenizer,
  reply: (input: EncoderInput) => Answers,
): { readonly model: ReadingModel; readonly asked: { question: Question; input: EncoderInput }[] } {
  const asked: { question: Question; input: EncoderInput }[] = [];
  const encoder: ReadingModel['encoder'] = {
    config,
    ask: (question, inputs, read) =>
      Promise.resolve(
        inputs.map((input, index) => {
          asked.push({ question, input });
          return read(reply(input), index);
        }),
      ),
  };
  return { model: readingModel(encoder, tokenizer), asked };
}
