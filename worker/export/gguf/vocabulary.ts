/** A tokenizer as llama.cpp reads it. */
import { ClozeError } from '../../base/errors.ts';
import type { SpecialIds } from '../../models/huggingface.ts';
import { completeSpecialIds } from '../../models/special-ids.ts';
import { BYTE_SYMBOLS } from '../../tokenizers/byte-symbols.ts';
import type { AnyTokenizer } from '../../tokenizers/tokenizer-json.ts';
import { SPECIAL } from '../../tokenizers/tokenizer.ts';
import type { WordSplitName } from '../../tokenizers/word-splits.ts';
import { type GgufMetadata, type GgufValue, uint32 } from './format.ts';

/** What llama.cpp asks of a token. */
const TOKEN_TYPE = { normal: 1, control: 3, userDefined: 4, unused: 5 } as const;

/**
 * llama.cpp's names for the splits into words (tokenizers/word-splits.ts). That of GPT-2's is one with texts that come back
 * as they are: under `gpt-2` it leaves out spaces before punctuation when it puts tokens together, which changes code.
 */
const PRETOKENISERS: Readonly<Record<WordSplitName, string>> = {
  gpt2: 'trillion',
  starcoder: 'starcoder',
  llama3: 'llama-bpe',
  qwen2: 'qwen2',
};

export interface VocabularyOptions {
  /** Rows of the model's token embedding. */
  readonly size: number;
  readonly specialIds: SpecialIds;
  /** Whether the model has learned to fill in the middle. */
  readonly fillsIn: boolean;
}

/**
 * The keys of a byte-level BPE; a character tokenizer is one whose merges put the bytes of each character together.
 * Throws `model` for a tokenizer that llama.cpp has not, or without a token for the end of a text.
 */
export function vocabularyMetadata(
  given: AnyTokenizer,
  { size, specialIds, fillsIn }: VocabularyOptions,
): GgufMetadata {
  const tokenizer = requireBpe(given);
  const merges = mergesOf(tokenizer);
  const { tokens, types } = tokenTable(tokenizer, size);
  const ids = { ...idsOf(tokenizer, specialIds), ...(fillsIn ? fillInIds(tokenizer) : {}) };
  const idKeys = Object.entries(ids).flatMap(([role, id]): [string, GgufValue][] =>
    id === undefined ? [] : [[`${role}_token_id`, uint32(id)]],
  );
  const keys: [string, GgufValue][] = [
    ['model', 'gpt2'],
    ['pre', PRETOKENISERS[splitOf(tokenizer)]],
    ['tokens', tokens],
    ['token_type', types],
    ['merges', merges],
    ['add_bos_token', tokenizer.bosId !== undefined],
    ['add_eos_token', false],
    ...idKeys,
  ];
  return new Map(keys.map(([key, value]) => [`tokenizer.ggml.${key}`, value]));
}

/** Each id's token in the byte alphabet, or as it is written where it is an added one. Rows without a token are unused. */
function tokenTable(tokenizer: GgufTokenizer, size: number): { tokens: string[]; types: Int32Array } {
  const tokens = Array.from({ length: size }, (_, id) => `[PAD${id}]`);
  const types = new Int32Array(size).fill(TOKEN_TYPE.unused);
  for (const [token, id] of tokenizer.model.vocab) {
    tokens[id] = tokenizer.kind === 'char' ? symbolsOf(token).join('') : token;
    types[id] = TOKEN_TYPE.normal;
  }
  for (const { content, id, special } of tokenizer.model.addedTokens) {
    tokens[id] = content;
    types[id] = special ? TOKEN_TYPE.control : TOKEN_TYPE.userDefined;
  }
  return { tokens, types };
}

type GgufTokenizer = Extract<AnyTokenizer, { readonly kind: 'bpe' | 'char' }>;

function requireBpe(tokenizer: AnyTokenizer): GgufTokenizer {
  if (tokenizer.kind === 'bpe' || tokenizer.kind === 'char') return tokenizer;
  const kind = tokenizer.kind === 'wordpiece' ? 'decoder with WordPiece' : 'tokenizer of this kind';
  throw new ClozeError('model', `this model can not be written as GGUF: llama.cpp has no ${kind}`, {
    hint: 'export it as ONNX or as a Hugging Face folder',
  });
}

function splitOf(tokenizer: GgufTokenizer): WordSplitName {
  return (tokenizer.kind === 'bpe' ? tokenizer.model.split : undefined) ?? 'gpt2';
}

function mergesOf(tokenizer: GgufTokenizer): string[] {
  if (tokenizer.kind === 'bpe') return tokenizer.model.merges.map((pair) => pair.join(' '));
  return [...new Set([...tokenizer.model.vocab.keys()].flatMap(characterMerges))];
}

/** The merges that make one token of a character's bytes; no other character has a byte sequence that begins so. */
function characterMerges(character: string): string[] {
  const symbols = symbolsOf(character);
  return symbols.slice(1).map((symbol, i) => `${symbols.slice(0, i + 1).join('')} ${symbol}`);
}

function symbolsOf(text: string): string[] {
  return Array.from(new TextEncoder().encode(text), (byte) => BYTE_SYMBOLS[byte]!);
}

/** Of a list the first is the end of a text, the second the end of a turn. Throws `model` without the first. */
function idsOf(tokenizer: AnyTokenizer, specialIds: SpecialIds) {
  const { bos_token_id, eos_token_id, pad_token_id } = completeSpecialIds(specialIds, tokenizer);
  const known = (id: number | null | undefined): number | undefined =>
    id === null || id === undefined || id < 0 ? undefined : id;
  const [eos, turn] = [eos_token_id].flat().map(known);
  if (eos === undefined) {
    throw new ClozeError(
      'model',
      'this model can not be written as GGUF: it has no token for the end of a text',
      {
        hint: 'llama.cpp would take token 11 for it: name one as eos_token_id in generation_config.json, or export it as ONNX',
      },
    );
  }
  return { bos: known(bos_token_id) ?? eos, eos, eot: turn, padding: known(pad_token_id) };
}

function fillInIds({ specialTokens }: AnyTokenizer) {
  return {
    fim_pre: specialTokens.get(SPECIAL.fimPrefix),
    fim_suf: specialTokens.get(SPECIAL.fimSuffix),
    fim_mid: specialTokens.get(SPECIAL.fimMiddle),
    fim_pad: specialTokens.get(SPECIAL.fimPad),
  };
}
