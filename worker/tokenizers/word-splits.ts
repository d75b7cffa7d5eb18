/**
 * How the published byte-level BPEs cut a text into words, by the pre_tokenizer of their tokenizer.json. A text is cut by
 * asking again and again where the word ends that begins at a place.
 */
import { isDeepStrictEqual } from 'node:util';
import { digitWordEnd, wordEnd } from './pretokenize.ts';

type Json = Readonly<Record<string, unknown>>;

/** The end of the word that starts at `start`, in a text that ends at `end` (UTF-16 offsets, start < end). */
export type WordEnd = (text: string, start: number, end: number) => number;

export interface WordSplit {
  readonly wordEnd: WordEnd;
  /** The pre_tokenizer that says so. */
  readonly json: Json;
}

const byteLevel = (useRegex: boolean): Json => ({
  type: 'ByteLevel',
  add_prefix_space: false,
  trim_offsets: true,
  use_regex: useRegex,
});

/**
 * The pattern of tiktoken's cl100k_base, with `digits` of them in a word. \s is Unicode's White_Space in the regular
 * expressions of Hugging Face's library; (?i:s) also means the long s, U+017F.
 */
function cl100k(digits: string): WordSplit {
  const suffixes = "'(?:[sSſ]|[tT]|[rR][eE]|[vV][eE]|[mM]|[lL][lL]|[dD])";
  const others = String.raw`[^\r\n\p{L}\p{N}]?\p{L}+|${digits}| ?[^\p{White_Space}\p{L}\p{N}]+[\r\n]*`;
  const blanks = String.raw`\p{White_Space}*[\r\n]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+`;
  const published = String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|${digits}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`;
  const split = { type: 'Split', pattern: { Regex: published }, behavior: 'Isolated', invert: false };
  return {
    wordEnd: matchEnd(new RegExp(`${suffixes}|${others}|${blanks}`, 'uy')),
    json: { type: 'Sequence', pretokenizers: [split, byteLevel(false)] },
  };
}

/** Where a sticky pattern's match ends, which sees nothing beyond the end. */
function matchEnd(pattern: RegExp): WordEnd {
  return (text, start, end) => {
    pattern.lastIndex = start;
    pattern.test(end === text.length ? text : text.slice(0, end));
    return pattern.lastIndex;
  };
}

/** Of GPT-2 (and RoBERTa, GPT-NeoX, ...), of StarCoder and StarCoder2, of Llama 3, of Qwen2 (and 2.5, 3). */
export const WORD_SPLITS = {
  gpt2: { wordEnd, json: byteLevel(true) },
  starcoder: {
    wordEnd: digitWordEnd,
    json: { type: 'Sequence', pretokenizers: [{ type: 'Digits', individual_digits: true }, byteLevel(true)] },
  },
  llama3: cl100k(String.raw`\p{N}{1,3}`),
  qwen2: cl100k(String.raw`\p{N}`),
} as const satisfies Readonly<Record<string, WordSplit>>;

export type WordSplitName = keyof typeof WORD_SPLITS;

/** The split that a pre_tokenizer asks for, undefined for any other. */
export function wordSplitOf(json: Json): WordSplitName | undefined {
  const names = Object.keys(WORD_SPLITS) as WordSplitName[];
  return names.find((name) => isDeepStrictEqual(comparable(json), comparable(WORD_SPLITS[name].json)));
}

/** Without what only concerns offsets, and with what is taken where nothing is said. */
function comparable(json: Json): Json {
  if (Array.isArray(json.pretokenizers)) {
    return { type: json.type, parts: json.pretokenizers.map((part: Json) => comparable(part)) };
  }
  if (json.type !== 'ByteLevel') return json;
  const { add_prefix_space = true, use_regex = true } = json;
  return { type: json.type, add_prefix_space, use_regex };
}
