import { MARK, PlacedTokenBuffer } from '../../tokenizers/placed-tokens.ts';
import type { PlacedTokens } from '../../tokenizers/placed-tokens.ts';
import type { Encoding } from './text-features.ts';

/** Ids 0 to 4 are [PAD] [UNK] [CLS] [SEP] [MASK]. */
const special = { frame: 'bert', pad: 0, unk: 1, cls: 2, sep: 3, mask: 4 } as const;

/** Pieces of two letters of each word, and each other character by itself; an id is 100 and the sum of its letters' codes. */
function pieces(text: string): PlacedTokens {
  const placed = new PlacedTokenBuffer();
  for (const match of text.matchAll(/[a-z]{1,2}|[^a-z\s]/giu)) {
    const id = 100 + Array.from(match[0]).reduce((sum, letter) => sum + letter.codePointAt(0)!, 0);
    placed.push(id, match.index + match[0].length, MARK.endsWord);
  }
  return placed.placed();
}

/** An encoding that can be followed by hand. */
export function testEncoding(maxLength: number): Encoding {
  const tokenizer = { encode: (text: string) => pieces(text).ids, encodeWithPlaces: pieces };
  return { tokenizer, special, maxLength };
}
