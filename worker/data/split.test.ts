import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ClozeError } from '../base/errors.ts';
import { collectDocuments } from './documents.ts';
import type { Document } from './inspect.ts';
import type { Part } from './split.ts';
import { splitDocuments, wholePart } from './split.ts';
import { folderWith } from './test-support.ts';
import { documentTexts, partTexts } from './texts.ts';

function fakeDocument(path: string, bytes: number): Document {
  return { path, bytes, characters: bytes, hash: createHash('sha256').update(path).digest('hex') };
}

const paths = (parts: readonly Part[]) => parts.map(({ document }) => document.path);

describe('splitDocuments', () => {
  const documents = Array.from({ length: 200 }, (_, i) => fakeDocument(`f${i}`, 100 + ((i * 37) % 900)));

  it('gives validation its share of the bytes and every file to one side', () => {
    for (const validationFraction of [0.05, 0.1, 0.5, 0.9]) {
      const { train, validation } = splitDocuments(documents, { seed: 1, validationFraction });
      assert.equal(train.length + validation.length, 200);
      assert.equal(new Set([...paths(train), ...paths(validation)]).size, 200);
      const bytes = (parts: readonly Part[]) => parts.reduce((sum, { document }) => sum + document.bytes, 0);
      const share = bytes(validation) / (bytes(train) + bytes(validation));
      assert.ok(Math.abs(share - validationFraction) < 0.01, `${share}`);
    }
  });

  it('depends on the seed, not on the order', () => {
    const first = new Set(paths(splitDocuments(documents, { seed: 1, validationFraction: 0.1 }).validation));
    const again = new Set(
      paths(splitDocuments(documents.toReversed(), { seed: 1, validationFraction: 0.1 }).validation),
    );
    const other = new Set(paths(splitDocuments(documents, { seed: 2, validationFraction: 0.1 }).validation));
    assert.deepEqual([...again].sort(), [...first].sort());
    assert.ok([...other].filter((path) => first.has(path)).length < first.size / 2);
  });

  it('keeps nearly every file on its side when one is added', () => {
    const before = new Set(paths(splitDocuments(documents, { seed: 7, validationFraction: 0.1 }).validation));
    for (let i = 0; i < 20; i++) {
      const more = [...documents, fakeDocument(`new${i}`, 500)];
      const after = new Set(
        paths(splitDocuments(more, { seed: 7, validationFraction: 0.1 }).validation).filter((path) =>
          path.startsWith('f'),
        ),
      );
      const moved = documents.filter(({ path }) => before.has(path) !== after.has(path)).length;
      assert.ok(moved <= 4, `${moved} files moved`);
    }
  });

  it('leaves at least one file on each side', () => {
    for (const sizes of [
      [10, 10],
      [1, 1000],
      [5, 5, 5],
    ]) {
      for (const validationFraction of [0.01, 0.99]) {
        const few = sizes.map((bytes, i) => fakeDocument(`${i}`, bytes));
        const { train, validation } = splitDocuments(few, { seed: 3, validationFraction });
        assert.ok(train.length > 0 && validation.length > 0);
      }
    }
  });

  it('splits one file by position, as nanoGPT', async (t) => {
    const text = readFileSync(import.meta.filename, 'utf8');
    const folder = folderWith(t, { 'corpus.txt': text });
    const { documents } = await collectDocuments({ paths: [join(folder, 'corpus.txt')] });
    const { train, validation } = splitDocuments(documents, { seed: 1, validationFraction: 0.1 });
    const cut = Math.floor(text.length * 0.9);
    assert.equal([...documentTexts(train)].join(''), text.slice(0, cut));
    assert.equal([...documentTexts(validation)].join(''), text.slice(cut));
  });

  it('refuses a fraction that is none', () => {
    for (const validationFraction of [0, 1, NaN]) {
      assert.throws(() => splitDocuments(documents, { seed: 1, validationFraction }), ClozeError);
    }
  });
});

describe('partTexts', () => {
  async function documentOf(t: Parameters<typeof folderWith>[0], content: string | Uint8Array) {
    const folder = folderWith(t, { 'a.txt': content });
    const { documents } = await collectDocuments({ paths: [join(folder, 'a.txt')] });
    return documents[0]!;
  }

  it('reads large files in pieces that end before a space and concatenate to the whole', async (t) => {
    const text = 'naïve  words, 語 and\n\n  😀 emoji '.repeat(100_000);
    const pieces = [...partTexts(wholePart(await documentOf(t, text)))];
    assert.ok(pieces.length > 3);
    assert.ok(pieces.join('') === text);
    for (const [i, piece] of pieces.entries()) {
      assert.ok(piece.length <= 1.1 * 2 ** 20);
      if (i > 0) assert.match(`${pieces[i - 1]!.at(-1)}${piece[0]}`, /\S /);
    }
  });

  it('reads text without a space, and ranges of it, without splitting a surrogate pair', async (t) => {
    const text = '😀語é'.repeat(400_000);
    const document = await documentOf(t, text);
    for (const cut of [0, 1, 2, 3, 1_000_001, 1_000_002, 1_000_003, text.length]) {
      const first = [...partTexts({ document, start: 0, end: cut })].join('');
      const second = [...partTexts({ document, start: cut, end: text.length })].join('');
      assert.ok(first + second === text);
      assert.ok(!/\p{Surrogate}/u.test(first) && !/\p{Surrogate}/u.test(second));
      assert.ok(first.length - cut <= 1);
    }
  });

  it('drops a byte order mark and keeps other text as it is', async (t) => {
    assert.deepEqual(
      [...partTexts(wholePart(await documentOf(t, '\uFEFFa\r\n\tb\uFEFF')))],
      ['a\r\n\tb\uFEFF'],
    );
  });

  it('notices a file that changed or went', async (t) => {
    const document = await documentOf(t, 'before');
    const changed = { ...document, hash: '0'.repeat(64) };
    assert.throws(() => [...partTexts(wholePart(changed))], /changed while it was being read/);
    const gone = { ...document, path: `${document.path}.gone` };
    assert.throws(() => [...partTexts(wholePart(gone))], /cannot read .*gone: ENOENT/);
  });
});
