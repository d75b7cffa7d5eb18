import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Random } from '../../base/random.ts';
import type { ScoredWindow, SpanOptions } from './best-spans.ts';
import { bestSpans } from './best-spans.ts';
import { questionWindows } from './question-features.ts';
import { testEncoding } from './test-support.ts';

const context = 'aa bb cc dd ee ff gg';
const windows = questionWindows(
  { question: 'xx', context },
  { ...testEncoding(8), stride: 2, maxQuestion: 1 },
); // aa bb cc dd | cc dd ee ff | ee ff gg, each from place 3 on
const options: SpanOptions = { maxAnswer: 3, best: 5, threshold: 0 };

/** Logits of -9 everywhere but at some places. */
function scored(window: number, starts: Record<number, number>, ends: Record<number, number>): ScoredWindow {
  const logits = (given: Record<number, number>): number[] =>
    Array.from({ length: 8 }, (_, t) => given[t] ?? -9);
  return { window: windows[window]!, startLogits: logits(starts), endLogits: logits(ends) };
}
const textOf = (span: { start: number; end: number } | undefined): string | undefined =>
  span && context.slice(span.start, span.end);

describe('bestSpans', () => {
  it('takes the best pair of a start and an end that is not before it', () => {
    const { answer } = bestSpans([scored(0, { 0: 0, 5: 4, 3: 3 }, { 0: 0, 4: 5, 6: 1 })], options);
    assert.equal(textOf(answer), 'aa bb'); // 3 + 5; the best start with the best end would go backwards
    assert.equal(answer!.score, 8);
  });

  it('keeps to the longest answer', () => {
    const window = scored(0, { 0: -9, 3: 4 }, { 6: 4, 5: 1 });
    assert.equal(textOf(bestSpans([window], options).answer), 'aa bb cc');
    assert.equal(textOf(bestSpans([window], { ...options, maxAnswer: 4 }).answer), 'aa bb cc dd');
  });

  it('looks neither at the question nor at what is behind the window', () => {
    const { answer, spans } = bestSpans(
      [scored(2, { 1: 20, 3: 1, 6: 20, 7: 20 }, { 1: 20, 4: 1, 6: 20, 7: 20 })],
      options,
    );
    assert.equal(textOf(answer), 'ee ff');
    assert.equal(
      spans.every(({ score }) => score <= 2),
      true,
    );
  });

  it('compares windows, and says a place once with its better score', () => {
    const result = bestSpans(
      [
        scored(0, { 0: -9, 5: 2 }, { 0: -9, 6: 2 }), // cc dd
        scored(1, { 0: -9, 3: 3 }, { 0: -9, 4: 3 }), // cc dd again
        scored(2, { 0: -9, 3: 2 }, { 0: -9, 3: 3 }), // ee
      ],
      options,
    );
    assert.deepEqual(
      result.spans.slice(0, 2).map((span) => [textOf(span), span.score]),
      [
        ['cc dd', 6],
        ['ee', 5],
      ],
    );
    assert.equal(result.spans.length, 5);
  });

  it('gives no answer if that scores higher by more than the threshold', () => {
    const window = scored(0, { 0: 3, 3: 2 }, { 0: 3, 3: 2 }); // none 6, aa 4
    assert.equal(bestSpans([window], options).answer, undefined);
    assert.equal(textOf(bestSpans([window], { ...options, threshold: 2 }).answer), 'aa');
    assert.equal(textOf(bestSpans([window], { ...options, mayBeUnanswerable: false }).answer), 'aa');
    const sure = scored(1, { 0: -4, 6: -9 }, { 0: -4 }); // the lowest of the windows counts
    assert.equal(bestSpans([window, sure], options).noAnswerScore, -8);
    assert.equal(textOf(bestSpans([window, sure], options).answer), 'aa');
  });

  it('shares probability between the spans and no answer', () => {
    const { spans, noAnswerProbability } = bestSpans(
      [scored(0, { 0: 0, 3: 1 }, { 0: 0, 3: 1, 4: 0 })],
      options,
    );
    const sum = spans.reduce((total, { probability }) => total + probability, noAnswerProbability);
    assert.equal(Math.abs(sum - 1) < 1e-12, true);
    assert.equal(Math.abs(spans[0]!.probability / noAnswerProbability - Math.exp(2)) < 1e-9, true);
  });

  it('finds the same as trying everything', () => {
    const random = new Random(4, 'test');
    for (let round = 0; round < 50; round++) {
      const logits = (): number[] => Array.from({ length: 8 }, () => random.normal());
      const all = windows.map((window) => ({ window, startLogits: logits(), endLogits: logits() }));
      const places = new Map<string, number>();
      for (const { window, startLogits, endLogits } of all) {
        for (const [from, start] of window.starts.entries()) {
          for (const [to, end] of window.ends.entries()) {
            if (to < from || to >= from + 3) continue;
            const score = startLogits[3 + from]! + endLogits[3 + to]!;
            places.set(`${start} ${end}`, Math.max(score, places.get(`${start} ${end}`) ?? -Infinity));
          }
        }
      }
      const expected = [...places].sort(([, a], [, b]) => b - a).slice(0, 5);
      const { spans } = bestSpans(all, options);
      assert.deepEqual(
        spans.map(({ start, end, score }) => [`${start} ${end}`, score]),
        expected,
      );
    }
  });
});
