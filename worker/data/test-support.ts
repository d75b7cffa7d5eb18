import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { PlacedTokenBuffer } from '../tokenizers/placed-tokens.ts';
import { SPECIAL, type Tokenizer } from '../tokenizers/tokenizer.ts';
import type { TokenSequence } from './token-file.ts';

/** A folder with these files, gone when the test ends. Names may hold slashes. */
export function folderWith(t: TestContext, files: Record<string, string | Uint8Array> = {}): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'cloze-data-')));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
  return folder;
}

/** One token a UTF-8 byte; special tokens follow from id 256 on. `vocabSize` may be raised to test wide ids. */
export function byteTokenizer(special: readonly string[] = [], vocabSize = 256 + special.length): Tokenizer {
  const shift = vocabSize - special.length - 256;
  const specialTokens = new Map(special.map((token, i) => [token, vocabSize - special.length + i]));
  return {
    kind: 'bpe',
    vocabSize,
    specialTokens,
    bosId: undefined,
    eosId: specialTokens.get(SPECIAL.endOfText),
    encode: (text) => {
      const ids = Int32Array.from(Buffer.from(text));
      for (let i = 0; i < ids.length; i++) ids[i]! += shift;
      return ids;
    },
    encodeWithPlaces: () => new PlacedTokenBuffer().placed(),
    decode: (ids) => {
      const bytes = Array.from(ids, (id) => id - shift).filter((byte) => byte < 256);
      return Buffer.from(bytes).toString();
    },
    tokenBytes: (id) => Uint8Array.of(id - shift),
    tokenToId: (token) => specialTokens.get(token),
    idToToken: () => undefined,
  };
}

/** Documents held in memory as one sequence. */
export function sequenceOf(documents: readonly (readonly number[])[], separator?: number): TokenSequence {
  const ids = Int32Array.from(documents.flat());
  const starts = [0];
  for (const document of documents) starts.push(starts.at(-1)! + document.length);
  return {
    length: ids.length,
    documentStarts: Float64Array.from(starts),
    separator,
    read: (start, count, target, at = 0) => target.set(ids.subarray(start, start + count), at),
  };
}

/** All tokens of a sequence. */
export function allTokens(tokens: TokenSequence): number[] {
  const ids = new Int32Array(tokens.length);
  tokens.read(0, tokens.length, ids);
  return [...ids];
}

/** n, n + 1, ... */
export function range(from: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => from + i);
}
