import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ClozeError } from '../../base/errors.ts';
import { range } from '../test-support.ts';
import { balancedWeights, classesOf, classIds, requireEachClass } from './classes.ts';
import type { SplitItem } from './split.ts';
import { stratifiedSplit } from './split.ts';

const wrong = (message: string) => (error: unknown) =>
  error instanceof ClozeError && error.code === 'data' && error.message.includes(message);

describe('classes', () => {
  it('are the labels, sorted', () => {
    assert.deepEqual(classesOf(['spam', 'ham', 'spam', 'Ham']), ['Ham', 'ham', 'spam']);
  });

  it('refuse a label that the head lacks', () => {
    const labels = ['ham', 'eggs'].map((label, i) => ({ label, where: `m.csv:${i + 2}` }));
    assert.deepEqual([...classIds(labels, ['eggs', 'ham'])], [1, 0]);
    assert.throws(
      () => classIds(labels, ['ham', 'spam']),
      wrong('m.csv:3: the head has no class "eggs", only "ham", "spam"'),
    );
  });

  it('refuse a class without training examples, and one class alone', () => {
    requireEachClass(Int32Array.of(0, 1), ['a', 'b']);
    assert.throws(
      () => requireEachClass(Int32Array.of(0, 0, 2), ['a', 'b', 'c']),
      wrong('has the class "b"'),
    );
    assert.throws(() => requireEachClass(Int32Array.of(0), ['a']), wrong('at least 2 classes'));
  });

  it('weigh in inverse proportion: n / (k n_c)', () => {
    assert.deepEqual(
      [...balancedWeights(Int32Array.of(0, 0, 0, 1), ['a', 'b'])],
      [...Float32Array.of(2 / 3, 2)],
    );
    assert.throws(() => balancedWeights(Int32Array.of(0, 0), ['a', 'b']), ClozeError);
  });
});

describe('stratifiedSplit', () => {
  const items: SplitItem[] = range(0, 1000).map((i) => ({
    key: `text ${i}`,
    label: i % 10 === 0 ? 'rare' : 'often',
  }));
  const shares = { seed: 3, validation: 0.1, test: 0.2 };
  const of = (indices: readonly number[], label: string): number =>
    indices.filter((index) => items[index]!.label === label).length;

  it('takes each example once, and of each label its share', () => {
    const split = stratifiedSplit(items, shares);
    assert.deepEqual(
      [...split.train, ...split.validation, ...split.test].sort((a, b) => a - b),
      range(0, 1000),
    );
    assert.deepEqual([of(split.test, 'rare'), of(split.test, 'often')], [20, 180]);
    assert.deepEqual([of(split.validation, 'rare'), of(split.validation, 'often')], [10, 90]);
    assert.deepEqual(stratifiedSplit(items, shares), split);
    assert.notDeepEqual(stratifiedSplit(items, { ...shares, seed: 4 }), split);
  });

  it('moves few when an example comes in', () => {
    const before = new Set(stratifiedSplit(items, shares).test);
    const after = stratifiedSplit([...items, { key: 'new', label: 'often' }], shares).test;
    assert.equal(after.filter((index) => !before.has(index)).length <= 1, true);
  });

  it('keeps what is the same on one side', () => {
    const twice = [...items, ...items];
    const { train, validation, test } = stratifiedSplit(twice, shares);
    for (const side of [train, validation, test]) {
      const members = new Set(side);
      for (const index of side) assert.equal(members.has((index + 1000) % 2000), true);
    }
    assert.equal(test.length, 400);
  });

  it('keeps what is the same on one side whatever its labels', () => {
    const questions = range(0, 60).map((i) => ({
      key: `context ${i >> 1}`,
      label: i % 2 === 0 ? 'some' : 'none',
    }));
    const { train, validation, test } = stratifiedSplit(questions, shares);
    for (const side of [train, validation, test]) {
      for (const index of side) assert.ok(side.includes(index ^ 1), `${index} is alone`);
    }
    assert.deepEqual([train.length, validation.length, test.length], [42, 6, 12]);
  });

  it('gives each side some where all that belongs together is larger than what it asks for', () => {
    const few = range(0, 90).map((i) => ({ key: `${i % 9}`, label: 'x' }));
    const { train, validation, test } = stratifiedSplit(few, shares);
    assert.deepEqual([train.length, validation.length, test.length], [70, 10, 10]);
  });

  it('leaves each label something to train on, and the sides one if there is one', () => {
    const sides = (count: number): number[] => {
      const few = range(0, count).map((i) => ({ key: `${i}`, label: 'x' }));
      const { train, validation, test } = stratifiedSplit(few, shares);
      return [train.length, validation.length, test.length];
    };
    assert.deepEqual([1, 2, 3, 4].map(sides), [
      [1, 0, 0],
      [1, 0, 1],
      [1, 1, 1],
      [2, 1, 1],
    ]);
    const none = stratifiedSplit(items, { seed: 1, validation: 0, test: 0 });
    assert.deepEqual([none.train.length, none.validation.length, none.test.length], [1000, 0, 0]);
    assert.throws(() => stratifiedSplit(items, { seed: 1, validation: 0.5, test: 0.5 }), ClozeError);
  });
});
