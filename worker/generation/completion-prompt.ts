/** What a model is shown for a completion: the text around the cursor, as tokens. */
import { ClozeError } from '../base/errors.ts';
import { fimOptions } from '../data/fim.ts';
import { SPECIAL, type Tokenizer } from '../tokenizers/tokenizer.ts';

/** A place in a text. */
export interface Cursor {
  readonly text: string;
  /** UTF-16 offset. */
  readonly offset: number;
}

export interface CompletionPrompt {
  readonly tokens: readonly number[];
  /** Bytes that the completion must begin with: the token before the cursor, left out of the prompt. */
  readonly begin: Uint8Array;
  /** Whether the text before the cursor is not all there. */
  readonly cut: boolean;
}

/** Share of the text's tokens that come from before the cursor, where both sides have enough. */
const PREFIX_SHARE = 3 / 4;

/** A prefix that is too long loses this share of its budget at a time, so that its start stays while one types. */
const CUT_STEP = 1 / 4;

/** More characters than this a token are not encoded. */
const MOST_CHARACTERS_PER_TOKEN = 16;

/**
 * A prompt of at most `budget` tokens. With `fim`, the text after the cursor too, in the order that the model was
 * trained with: <prefix> prefix <suffix> suffix <middle> (PSM, data/fim.ts); otherwise the text before the cursor.
 *
 * The last token before the cursor is left out and its bytes become `begin`: what the user has typed may be the
 * first part of a token that the model would have used (token healing). Throws `tokenizer` where `fim` needs tokens
 * that are not there.
 */
export function completionPrompt(
  tokenizer: Tokenizer,
  { text, offset }: Cursor,
  { fim, budget }: { fim: boolean; budget: number },
): CompletionPrompt {
  const sentinels = fim ? fimOptions(tokenizer, 1, 0) : undefined;
  const room = Math.max(0, budget - (sentinels === undefined ? 1 : 4));
  const after = sentinels === undefined ? [] : firstTokens(tokenizer, text.slice(offset), room);
  const most = Math.max(room - after.length, Math.floor(room * PREFIX_SHARE));
  const { tokens: before, fromStart } = lastTokens(tokenizer, text.slice(0, offset), most);
  const begin = tokenizer.kind === 'bpe' ? before.splice(-1).map((id) => tokenizer.tokenBytes(id)) : [];
  const start = fromStart ? endOfText(tokenizer) : [];
  const tokens =
    sentinels === undefined
      ? [...start, ...before]
      : [
          ...start,
          sentinels.prefix,
          ...before,
          sentinels.suffix,
          ...after.slice(0, room - before.length - begin.length),
          sentinels.middle,
        ];
  return { tokens, begin: begin[0] ?? new Uint8Array(), cut: !fromStart };
}

/** Documents begin after this token, where the tokenizer has it. */
function endOfText(tokenizer: Tokenizer): number[] {
  const id = tokenizer.specialTokens.get(SPECIAL.endOfText);
  return id === undefined ? [] : [id];
}

function firstTokens(tokenizer: Tokenizer, text: string, count: number): number[] {
  return Array.from(tokenizer.encode(text.slice(0, count * MOST_CHARACTERS_PER_TOKEN)).subarray(0, count));
}

/** The last tokens of a text, at most `count`, and whether they are all of it. */
function lastTokens(
  tokenizer: Tokenizer,
  text: string,
  count: number,
): { tokens: number[]; fromStart: boolean } {
  const from = cutOff(text.length, count * MOST_CHARACTERS_PER_TOKEN);
  const line = from === 0 ? 0 : text.indexOf('\n', from) + 1 || from;
  const tokens = tokenizer.encode(text.slice(line));
  const dropped = cutOff(tokens.length, count);
  return { tokens: Array.from(tokens.subarray(dropped)), fromStart: line + dropped === 0 };
}

/** How much of `length` to drop for at most `limit` to be left, in steps. */
function cutOff(length: number, limit: number): number {
  const step = Math.max(1, Math.floor(limit * CUT_STEP));
  return length <= limit ? 0 : Math.ceil((length - limit) / step) * step;
}

/** The offset of a 1-based line and column (in UTF-16 units, as editors count). Throws `usage` outside the text. */
export function offsetAt(text: string, line: number, column: number): number {
  const lines = text.split('\n');
  const found = lines[line - 1];
  if (found === undefined || line < 1) {
    throw new ClozeError('usage', `there is no line ${line}: expected 1 to ${lines.length}`);
  }
  const length = found.replace(/\r$/, '').length;
  if (column < 1 || column > length + 1) {
    throw new ClozeError('usage', `line ${line} has no column ${column}: expected 1 to ${length + 1}`);
  }
  return lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0) + column - 1;
}
