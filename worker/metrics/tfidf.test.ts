import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SparseRows } from './tfidf.ts';
import { Tfidf } from './tfidf.ts';

/** Asserts that a row has these weights and no other. */
function assertRow(
  tfidf: Tfidf,
  { starts, columns, values }: SparseRows,
  row: number,
  expected: Record<string, number>,
): void {
  const weights = new Map<number, number>();
  for (let i = starts[row]!; i < starts[row + 1]!; i++) weights.set(columns[i]!, values[i]!);
  assert.equal(weights.size, Object.keys(expected).length);
  for (const [term, weight] of Object.entries(expected)) {
    const got = weights.get(tfidf.columnOf(term));
    assert.ok(got !== undefined && Math.abs(got - weight) < 1e-7, `${term}: expected ${weight}, got ${got}`);
  }
}

const plain = { sublinear: false, bigrams: false, minTexts: 1 };

describe('Tfidf', () => {
  it("agrees with scikit-learn's example of TfidfVectorizer", () => {
    const texts = [
      'This is the first document.',
      'This document is the second document.',
      'And this is the third one.',
      'Is this the first document?',
    ];
    const { tfidf, rows } = Tfidf.fit(texts, plain);
    assert.deepEqual(tfidf.rows(texts), rows);
    assert.equal(rows.width, 9);
    const first = {
      document: 0.46979139,
      first: 0.58028582,
      is: 0.38408524,
      the: 0.38408524,
      this: 0.38408524,
    };
    assertRow(tfidf, rows, 0, first);
    assertRow(tfidf, rows, 3, first);
    assertRow(tfidf, rows, 1, {
      document: 0.6876236,
      is: 0.28108867,
      second: 0.53864762,
      the: 0.28108867,
      this: 0.28108867,
    });
  });

  it('has bigrams and sublinear counts as NumPy computes them from the formulas', () => {
    const texts = [
      'free money now free offer',
      'meeting at noon about the offer',
      'free free prize click now',
      'lunch at noon tomorrow',
      'project meeting notes attached',
      'win money prize now',
      'notes about lunch',
      'click the attached offer now',
    ];
    const { tfidf } = Tfidf.fit(texts, { sublinear: true, bigrams: true, minTexts: 1 });
    const rows = tfidf.rows(['free offer at noon', '']);
    assert.equal(rows.width, 44);
    assertRow(tfidf, rows, 0, {
      at: 0.4026381,
      'at noon': 0.4026381,
      free: 0.4026381,
      'free offer': 0.4804303,
      noon: 0.4026381,
      offer: 0.3474436,
    });
    assertRow(tfidf, rows, 1, {});
  });

  it('damps counts by 1 + ln, and drops what is in too few texts', () => {
    const texts = ['aa aa aa bb', 'aa bb cc'];
    const [a, b] = [1 + Math.log(3), 1].map((count) => count / Math.hypot(1 + Math.log(3), 1));
    const { tfidf, rows } = Tfidf.fit(texts, { sublinear: true, bigrams: false, minTexts: 2 });
    assertRow(tfidf, rows, 0, { aa: a!, bb: b! });
  });

  it('does not join words over one that it does not know', () => {
    const { tfidf } = Tfidf.fit(['aa bb', 'bb cc'], { ...plain, bigrams: true });
    assert.equal(tfidf.columnOf('aa bb') >= 0, true);
    const { columns } = tfidf.rows(['aa xx bb']);
    assert.deepEqual([...columns], [tfidf.columnOf('aa'), tfidf.columnOf('bb')]);
  });

  it('reads words of two letters on, in any script, in lower case', () => {
    const { tfidf } = Tfidf.fit(["A ÉCOLE d'été x_1 привет 42"], plain);
    const words = ['école', 'été', 'x_1', 'привет', '42'];
    assert.deepEqual(
      words.map((word) => tfidf.columnOf(word)),
      [0, 1, 2, 3, 4],
    );
    assert.equal(tfidf.width, 5);
  });
});
