import type { TokenizedText, UsedTokens } from '../../worker/protocol/tokenizer.ts';
import type { TokenizerContent, TokenizerPatch, TokensPatch } from '../protocol/tokenizer.ts';

/** What a patch makes of the content before it. Entries of tokens that have gone stay. */
export function patched(content: TokenizerContent, patch: TokenizerPatch): TokenizerContent {
  const { revision, firstLine, total } = patch;
  const { before, after, inserted } = patch.text;
  const { text } = content;
  const columns = content.columns.map((column, i) =>
    'tokens' in column ? { ...column, tokens: patchedTokens(column.tokens, patch.columns[i]!) } : column,
  );
  const whole = text.slice(0, before) + inserted + text.slice(text.length - after);
  return { revision, firstLine, total, text: whole, columns };
}

function patchedTokens(
  tokens: TokenizedText,
  { before, after, shift, inserted, counts }: TokensPatch,
): TokenizedText {
  const kept = tokens.ids.length - after;
  const count = before + inserted.ids.length + after;
  const join = <T extends Int32Array | Uint32Array | Uint8Array>(into: T, from: T, between: T): T => {
    into.set(from.subarray(0, before));
    into.set(between, before);
    into.set(from.subarray(kept), count - after);
    return into;
  };
  const ends = join(new Uint32Array(count), tokens.ends, inserted.ends);
  for (let i = count - after; i < count; i++) ends[i]! += shift;
  return {
    ...tokens,
    ...counts,
    ids: join(new Int32Array(count), tokens.ids, inserted.ids),
    ends,
    marks: join(new Uint8Array(count), tokens.marks, inserted.marks),
    used: joinUsed(tokens.used, inserted.used),
  };
}

/** A token that had gone and comes again is not new. */
function joinUsed(known: UsedTokens, told: UsedTokens): UsedTokens {
  const ids = new Set(known.ids);
  const rows = [...told.ids.keys()].filter((row) => !ids.has(told.ids[row]!));
  if (rows.length === 0) return known;
  const bytes = [...known.bytes];
  const ends = [...known.ends];
  for (const row of rows) {
    bytes.push(...told.bytes.subarray(row === 0 ? 0 : told.ends[row - 1], told.ends[row]));
    ends.push(bytes.length);
  }
  return {
    ids: Int32Array.from([...known.ids, ...rows.map((row) => told.ids[row]!)]),
    entries: [...known.entries, ...rows.map((row) => told.entries[row]!)],
    bytes: Uint8Array.from(bytes),
    ends: Uint32Array.from(ends),
  };
}
