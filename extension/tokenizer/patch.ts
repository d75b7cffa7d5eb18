import type { TokenizedText, UsedTokens } from '../../worker/protocol/tokenizer.ts';
import type {
  ColumnContent,
  TextPatch,
  TokenizerContent,
  TokenizerPatch,
  TokensPatch,
} from '../../webview/protocol/tokenizer.ts';

/**
 * A content in terms of the one before it, or undefined where it has to be told as a whole: other columns, other
 * tokenizers, a problem.
 */
export function patchOf(from: TokenizerContent, to: TokenizerContent): TokenizerPatch | undefined {
  const { revision, firstLine, total } = to;
  if (to.columns.length !== from.columns.length) return undefined;
  const columns = to.columns.map((column, i) => columnPatch(from.columns[i]!, column));
  if (!columns.every((patch) => patch !== undefined)) return undefined;
  return { revision, firstLine, total, text: textPatch(from.text, to.text), columns };
}

function columnPatch(from: ColumnContent, to: ColumnContent): TokensPatch | undefined {
  if (!('tokens' in from && 'tokens' in to) || from.slot !== to.slot || from.label !== to.label)
    return undefined;
  return from.tokens.version === to.tokens.version ? tokensPatch(from.tokens, to.tokens) : undefined;
}

function textPatch(from: string, to: string): TextPatch {
  const most = Math.min(from.length, to.length);
  let before = 0;
  while (before < most && from.charCodeAt(before) === to.charCodeAt(before)) before++;
  let after = 0;
  while (
    after < most - before &&
    from.charCodeAt(from.length - 1 - after) === to.charCodeAt(to.length - 1 - after)
  )
    after++;
  return { before, after, inserted: to.slice(before, to.length - after) };
}

function tokensPatch(from: TokenizedText, to: TokenizedText): TokensPatch {
  const lengths = [from.ids.length, to.ids.length] as const;
  const most = Math.min(...lengths);
  const shift = (to.ends.at(-1) ?? 0) - (from.ends.at(-1) ?? 0);
  const same = (a: number, b: number, moved: number): boolean =>
    from.ids[a] === to.ids[b] && from.marks[a] === to.marks[b] && from.ends[a]! + moved === to.ends[b];
  let before = 0;
  while (before < most && same(before, before, 0)) before++;
  let after = 0;
  while (after < most - before && same(lengths[0] - 1 - after, lengths[1] - 1 - after, shift)) after++;
  const end = lengths[1] - after;
  const { distinct, characters, bytes } = to;
  return {
    before,
    after,
    shift,
    inserted: {
      // copies: what is sent of a view is all that it is a view of
      ids: to.ids.slice(before, end),
      ends: to.ends.slice(before, end),
      marks: to.marks.slice(before, end),
      used: newlyUsed(from.used, to.used),
    },
    counts: { distinct, characters, bytes },
  };
}

/** The tokens that the text before did not have. Both are by ascending id. */
function newlyUsed(from: UsedTokens, to: UsedTokens): UsedTokens {
  const known = new Set(from.ids);
  const rows = [...to.ids.keys()].filter((row) => !known.has(to.ids[row]!));
  const spelled = rows.map((row) => to.bytes.subarray(row === 0 ? 0 : to.ends[row - 1], to.ends[row]));
  let end = 0;
  return {
    ids: Int32Array.from(rows, (row) => to.ids[row]!),
    entries: rows.map((row) => to.entries[row]!),
    bytes: Uint8Array.from(spelled.flatMap((bytes) => [...bytes])),
    ends: Uint32Array.from(spelled, ({ length }) => (end += length)),
  };
}
