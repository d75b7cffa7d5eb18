/** What a model is shown for a completion: other files, then the text around the cursor, as tokens. */
import { fimOptions } from '../../data/fim.ts';
import type { Tokenizer } from '../../tokenizers/tokenizer.ts';
import { documentStart } from '../document.ts';
import { shares } from './shares.ts';

/** The orders of fill-in-the-middle (data/fim.ts): prefix, suffix, middle, or suffix, prefix, middle. */
export type FimOrder = 'psm' | 'spm';

export interface PromptInput {
  /** The file before the cursor, and after it. */
  readonly prefix: string;
  readonly suffix: string;
  /** Pieces of other files, the oldest first. */
  readonly neighbours: readonly string[];
}

export interface CompletionPrompt {
  readonly tokens: readonly number[];
  /** Bytes that the completion must begin with: the token before the cursor, left out of the prompt. */
  readonly begin: Uint8Array;
  /** Whether the text before the cursor is not all there. */
  readonly cut: boolean;
}

/** A prefix that is too long loses this share of its budget at a time, so that its start stays while one types. */
const CUT_STEP = 1 / 4;

/** More characters than this a token are not encoded. */
const MOST_CHARACTERS_PER_TOKEN = 16;

/**
 * A prompt of at most `budget` tokens: other files, each begun as documents are, the newest of them where not all fit;
 * then the text before the cursor, with an `order` the text after it too. The token that goes before every text comes
 * first, also where the text is cut. What comes first changes least: with 'spm'
 * typing changes the end of the prompt only, and lengths go in steps, so that a cache of the last prompt holds nearly
 * all of the next.
 *
 * The last token before the cursor is left out and its bytes become `begin`: what the user has typed may be the
 * first part of a token that the model would have used (token healing). Throws `tokenizer` where an order needs tokens
 * that are not there.
 */
export function completionPrompt(
  tokenizer: Tokenizer,
  { prefix, suffix, neighbours }: PromptInput,
  { order, budget }: { order: FimOrder | undefined; budget: number },
): CompletionPrompt {
  const sentinels = order === undefined ? undefined : fimOptions(tokenizer, 1, 0);
  const start = documentStart(tokenizer);
  const begun = start === undefined ? [] : [start];
  const room = Math.max(0, budget - begun.length - (sentinels === undefined ? 0 : 3));
  const from = cutOff(prefix.length, room * MOST_CHARACTERS_PER_TOKEN);
  const line = from === 0 ? 0 : prefix.indexOf('\n', from) + 1 || from;
  const before = Array.from(tokenizer.encode(prefix.slice(line)));
  const after = sentinels === undefined ? [] : firstTokens(tokenizer, suffix, room);
  const others = start === undefined ? [] : newestFirst(tokenizer, neighbours, room, start);
  const share = shares(room, {
    before: before.length,
    after: after.length,
    others: others.reduce((sum, file) => sum + file.length, 0),
  });

  const dropped = cutOff(before.length, share.before);
  const shown = before.slice(dropped);
  const begin = tokenizer.kind === 'bpe' ? shown.splice(-1).map((id) => tokenizer.tokenBytes(id)) : [];
  const cut = line + dropped > 0;
  const rest = after.slice(0, share.after);
  const head = oldestFirst(others, share.others);
  const isOpen = cut && head.length === 0 && tokenizer.bosId === undefined;
  return {
    tokens: [...head, ...(isOpen ? [] : begun), ...inOrder(order, sentinels, shown, rest)],
    begin: begin[0] ?? new Uint8Array(),
    cut,
  };
}

function inOrder(
  order: FimOrder | undefined,
  sentinels: ReturnType<typeof fimOptions> | undefined,
  before: readonly number[],
  after: readonly number[],
): readonly number[] {
  if (sentinels === undefined) return before;
  const { prefix, suffix, middle } = sentinels;
  return order === 'spm'
    ? [prefix, suffix, ...after, middle, ...before]
    : [prefix, ...before, suffix, ...after, middle];
}

/** Files as documents, the newest first, until there are `count` tokens. */
function newestFirst(
  tokenizer: Tokenizer,
  neighbours: readonly string[],
  count: number,
  start: number,
): number[][] {
  const files: number[][] = [];
  let left = count;
  for (const text of neighbours.toReversed()) {
    if (left <= 0) break;
    const file = [start, ...firstTokens(tokenizer, text, left)];
    files.push(file);
    left -= file.length;
  }
  return files;
}

/** What `count` tokens hold of files that come the newest first; the oldest first, as what comes first changes least. */
function oldestFirst(files: readonly (readonly number[])[], count: number): number[] {
  let tokens: number[] = [];
  for (const file of files) tokens = [...file.slice(0, count - tokens.length), ...tokens];
  return tokens;
}

function firstTokens(tokenizer: Tokenizer, text: string, count: number): number[] {
  return Array.from(tokenizer.encode(text.slice(0, count * MOST_CHARACTERS_PER_TOKEN)).subarray(0, count));
}

/** How much of `length` to drop for at most `limit` to be left, in steps. */
function cutOff(length: number, limit: number): number {
  const step = Math.max(1, Math.floor(limit * CUT_STEP));
  return length <= limit ? 0 : Math.ceil((length - limit) / step) * step;
}
