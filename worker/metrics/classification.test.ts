import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ClozeError } from '../base/errors.ts';
import { classificationReport } from './classification.ts';

const near = (got: number, expected: number): void =>
  assert.ok(Math.abs(got - expected) < 1e-12, `expected ${expected}, got ${got}`);

describe('classificationReport', () => {
  it("agrees with scikit-learn's examples of confusion_matrix, f1_score and matthews_corrcoef", () => {
    const first = classificationReport([2, 0, 2, 2, 0, 1], [0, 0, 2, 2, 0, 2], 3);
    assert.deepEqual(first.confusion, [
      [2, 0, 0],
      [0, 0, 1],
      [1, 0, 2],
    ]);
    near(first.accuracy, 4 / 6);
    near(first.matthews, 0.45226701686664544); // also cov(a, p) / sqrt(cov(a, a) cov(p, p)) by NumPy
    const second = classificationReport([0, 1, 2, 0, 1, 2], [0, 2, 1, 0, 0, 1], 3);
    near(second.macroF1, 0.8 / 3); // 0.26...
    near(second.matthews, 0);
    const binary = classificationReport([1, 1, 1, 0], [1, 0, 1, 1], 2);
    near(binary.matthews, -1 / 3); // -0.33...
  });

  it('says precision, recall and F1 of each class', () => {
    const { classes } = classificationReport([0, 0, 0, 1, 1, 2], [0, 0, 1, 1, 0, 1], 3);
    assert.deepEqual(classes[0], { precision: 2 / 3, recall: 2 / 3, f1: 2 / 3, support: 3 });
    assert.deepEqual(classes[1], { precision: 1 / 3, recall: 1 / 2, f1: 2 / 5, support: 2 });
    assert.deepEqual(classes[2], { precision: 0, recall: 0, f1: 0, support: 1 });
  });

  it('leaves a class out of the macro mean that is neither there nor predicted', () => {
    assert.equal(classificationReport([0, 1], [0, 1], 5).macroF1, 1);
    near(classificationReport([0, 1], [0, 4], 5).macroF1, 1 / 3);
  });

  it('is 0 where nothing can be divided', () => {
    const none = classificationReport([], [], 2);
    assert.deepEqual([none.accuracy, none.macroF1, none.matthews], [0, 0, 0]);
    assert.equal(classificationReport([0, 1], [0, 0], 2).matthews, 0);
  });

  it('refuses what is not aligned or no class', () => {
    assert.throws(() => classificationReport([0], [], 2), ClozeError);
    for (const wrong of [2, -1, 0.5, NaN]) {
      assert.throws(() => classificationReport([0], [wrong], 2), ClozeError);
      assert.throws(() => classificationReport([wrong], [0], 2), ClozeError);
    }
  });
});
