import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ClozeError } from '../base/errors.ts';
import { Random } from '../base/random.ts';
import type { BaselineOptions } from './baseline.ts';
import { Baseline } from './baseline.ts';
import { LogisticRegression } from './logistic-regression.ts';

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
const labels = [0, 1, 0, 2, 1, 0, 2, 0];
const asked = ['free offer at noon', 'notes about the project', 'unknown words only'];

describe('Baseline', () => {
  // the same formulas in NumPy, minimized by SciPy's BFGS; two classes with one vector of weights, as scikit-learn
  const cases: [what: string, options: BaselineOptions, labels: number[], probabilities: number[][]][] = [
    [
      'three classes, words',
      { sublinear: false, bigrams: false, minTexts: 1 },
      labels,
      [
        [0.488648, 0.266312, 0.24504],
        [0.346516, 0.37359, 0.279894],
        [0.489239, 0.252128, 0.258633],
      ],
    ],
    [
      'three classes, pairs of words, C = 10',
      { strength: 10 },
      labels,
      [
        [0.36899, 0.335531, 0.295478],
        [0.218273, 0.475132, 0.306595],
        [0.516115, 0.225067, 0.258817],
      ],
    ],
    [
      'two classes',
      { minTexts: 1 },
      labels.map((label) => Math.min(label, 1)),
      [
        [0.487794, 0.512206],
        [0.39684, 0.60316],
        [0.495682, 0.504318],
      ],
    ],
  ];
  for (const [what, options, wanted, probabilities] of cases) {
    it(`agrees with SciPy: ${what}`, () => {
      const classes = probabilities[0]!.length;
      const baseline = Baseline.fit(texts, wanted, classes, options);
      for (const [i, got] of baseline.probabilities(asked).entries()) {
        const expected = probabilities.flat()[i]!;
        assert.ok(Math.abs(got - expected) < 3e-5, `${i}: expected ${expected}, got ${got}`);
      }
      const best = probabilities.map((row) => row.indexOf(Math.max(...row)));
      assert.deepEqual([...baseline.predict(asked)], best);
    });
  }

  it('learns what is there, the same each time', () => {
    const random = new Random(1, 'test');
    const mails = Array.from({ length: 400 }, (_, i) =>
      Array.from(
        { length: 100 },
        () => `w${random.integer(random.integer(4) === 0 ? 3000 : 50) + 20 * (i % 3)}`,
      ),
    ).map((words) => words.join(' '));
    const kinds = mails.map((_, i) => i % 3);
    const baseline = Baseline.fit(mails.slice(0, 300), kinds.slice(0, 300), 3);
    const guesses = baseline.predict(mails.slice(300));
    const right = guesses.filter((guess, i) => guess === kinds[300 + i]).length;
    assert.ok(right > 90, `${right} of 100`);
    assert.deepEqual(
      Baseline.fit(mails.slice(0, 300), kinds.slice(0, 300), 3).predict(mails.slice(300)),
      guesses,
    );
  });
});

describe('LogisticRegression', () => {
  it('without features gives the shares of the classes', () => {
    const data = {
      rows: 10,
      width: 0,
      starts: new Int32Array(11),
      columns: new Int32Array(0),
      values: new Float64Array(0),
    };
    const regression = LogisticRegression.fit(data, [0, 0, 0, 0, 0, 1, 1, 1, 2, 2], 3, { strength: 1 });
    assert.equal(regression.fitted.converged, true);
    const shares = [0.5, 0.3, 0.2];
    for (const [i, share] of shares.entries()) {
      assert.equal(Math.abs(regression.probabilities(data)[i]! - share) < 1e-5, true);
    }
    assert.throws(() => LogisticRegression.fit(data, [0], 3, { strength: 1 }), ClozeError);
    assert.throws(() => LogisticRegression.fit(data, new Int32Array(10), 1, { strength: 1 }), ClozeError);
  });
});
