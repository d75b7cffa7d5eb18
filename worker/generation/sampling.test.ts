import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Random } from '../base/random.ts';
import { Ranking } from './ranking.ts';
import { type Constraints, sampleToken } from './sampling.ts';
import { type Sampling, SamplingSchema } from './settings.ts';

const free: Constraints = { context: [], suppressed: [] };

function sampling(fields: Partial<Sampling>): Sampling {
  return SamplingSchema.parse(fields);
}

/** Share of each id in many draws. */
function shares(logits: number[], fields: Partial<Sampling>, constraints = free, draws = 20_000): number[] {
  const counts = logits.map(() => 0);
  const random = new Random(1, 'test');
  const values = Float32Array.from(logits);
  for (let i = 0; i < draws; i++) counts[sampleToken(values, sampling(fields), constraints, random)]!++;
  return counts.map((count) => count / draws);
}

function assertShares(actual: number[], expected: number[]): void {
  for (const [id, share] of expected.entries()) {
    const deviation = Math.sqrt((share * (1 - share)) / 20_000);
    assert.ok(Math.abs(actual[id]! - share) <= 5 * deviation, `id ${id}: ${actual[id]} for ${share}`);
  }
}

const logits = [0.5, 0.3, 0.15, 0.05].map(Math.log);

describe('sampleToken', () => {
  it('is greedy at temperature 0, and prefers the smaller id among equals', () => {
    const best = sampleToken(
      Float32Array.of(1, 3, 2, 3),
      sampling({ temperature: 0 }),
      free,
      new Random(0, ''),
    );
    assert.equal(best, 1);
  });

  it('draws by probability, sharper at a low temperature', () => {
    assertShares(shares(logits, {}), [0.5, 0.3, 0.15, 0.05]);
    const squares = [0.25, 0.09, 0.0225, 0.0025];
    const total = squares.reduce((a, b) => a + b);
    assertShares(
      shares(logits, { temperature: 0.5 }),
      squares.map((p) => p / total),
    );
  });

  it('keeps the K best', () => {
    assertShares(shares(logits, { topK: 2 }), [0.5 / 0.8, 0.3 / 0.8, 0, 0]);
    assertShares(shares(logits, { topK: 9 }), [0.5, 0.3, 0.15, 0.05]);
  });

  it('keeps the smallest nucleus that reaches P', () => {
    assertShares(shares(logits, { topP: 0.7 }), [0.5 / 0.8, 0.3 / 0.8, 0, 0]);
    assertShares(shares(logits, { topP: 0.81 }), [0.5 / 0.95, 0.3 / 0.95, 0.15 / 0.95, 0]);
    assertShares(shares(logits, { topP: 1e-9 }), [1, 0, 0, 0]);
  });

  it('takes the nucleus of what the K best leave', () => {
    // of 0.5, 0.3, 0.15, renormalised to 0.526, 0.316, 0.158, the first two reach 0.84; of all four they would not
    assertShares(shares(logits, { topK: 3, topP: 0.84 }), [0.5 / 0.8, 0.3 / 0.8, 0, 0]);
  });

  it('ranks equal logits by id', () => {
    assertShares(shares([1, 1, 1, 1], { topK: 2 }), [0.5, 0.5, 0, 0]);
    assertShares(shares([1, 1, 1, 1], { topP: 0.5 }), [0.5, 0.5, 0, 0]);
  });

  it('penalises what has been said: positive logits divided, negative ones multiplied, once each', () => {
    const values = Float32Array.of(2, -1, 1.5, -1.6);
    const pick = (context: number[], suppressed: number[]): number =>
      sampleToken(
        values,
        sampling({ temperature: 0, repetitionPenalty: 2 }),
        { context, suppressed },
        new Random(0, ''),
      );
    assert.equal(pick([], []), 0);
    assert.equal(pick([0, 0], []), 2);
    assert.equal(pick([], [0, 2]), 1);
    assert.equal(pick([1, 1], [0, 2]), 3);
    assert.deepEqual([...values], [2, -1, 1.5, Math.fround(-1.6)], 'the logits are left as they are');
  });

  it('copies the logits at most once, and leaves them as they were', () => {
    const values = Float32Array.of(1, 4, 3, 2);
    let copies = 0;
    values.slice = (...range) => (copies++, Float32Array.prototype.slice.apply(values, range));
    const pick = (repetitionPenalty: number, constraints: Constraints): number =>
      sampleToken(values, sampling({ temperature: 0, repetitionPenalty }), constraints, new Random(0, ''));
    const allowed = [0, 2, 3];
    assert.equal(pick(1, { ...free, allowed }), 2);
    assert.equal(pick(9, { context: [2], suppressed: [0], allowed }), 3);
    assert.equal(copies, 0); // what is allowed is all that is taken over
    assert.equal(pick(9, { context: [1], suppressed: [2] }), 3);
    assert.equal(copies, 1);
    assert.deepEqual([...values], [1, 4, 3, 2]);
  });

  it('chooses only what is allowed and not suppressed', () => {
    assertShares(shares(logits, {}, { context: [], suppressed: [0] }), [0, 0.6, 0.3, 0.1]);
    assertShares(
      shares(logits, {}, { context: [], suppressed: [1], allowed: [1, 2, 3] }),
      [0, 0, 0.75, 0.25],
    );
  });

  it('depends on the seed and nothing else', () => {
    const draw = (seed: number): number[] => {
      const random = new Random(seed, 'test');
      return Array.from({ length: 50 }, () =>
        sampleToken(Float32Array.from(logits), sampling({}), free, random),
      );
    };
    assert.deepEqual(draw(5), draw(5));
    assert.notDeepEqual(draw(5), draw(6));
  });

  it('refuses logits without a finite value', () => {
    for (const value of [NaN, -Infinity, Infinity]) {
      const broken = new Float32Array(3).fill(value);
      assert.throws(() => sampleToken(broken, sampling({}), free, new Random(0, '')), { code: 'model' });
    }
  });

  it('is quick over a large vocabulary', () => {
    const random = new Random(2, 'large');
    const large = Float32Array.from({ length: 50_257 }, () => 3 * random.normal());
    const started = performance.now();
    for (let i = 0; i < 50; i++) sampleToken(large, sampling({ topK: 40, topP: 0.95 }), free, random);
    assert.ok((performance.now() - started) / 50 < 20, 'ms a token');
  });
});

describe('Ranking', () => {
  it('gives ids in order of score, then id, without the impossible ones', () => {
    const random = new Random(3, 'ranking');
    const scores = Float32Array.from({ length: 500 }, () => random.integer(40));
    scores[17] = -Infinity;
    const expected = [...scores.keys()].filter((id) => id !== 17);
    expected.sort((a, b) => scores[b]! - scores[a]! || a - b);
    const ranking = new Ranking(scores);
    const actual = Array.from({ length: 499 }, () => ranking.next());
    assert.deepEqual(actual, expected);
    assert.equal(ranking.next(), undefined);
  });
});
