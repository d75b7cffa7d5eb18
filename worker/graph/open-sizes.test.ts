import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { factorise, openNumbers } from './open-sizes.ts';

describe('open sizes', () => {
  it('tell what a size was made of', () => {
    const [batch, length, past] = openNumbers(3, [50257, 768]) as [number, number, number];
    const total = past + length;
    const open = new Map(Object.entries({ batch, length, past, total }).map(([name, size]) => [size, name]));
    const names = (size: number): (string | undefined)[] =>
      factorise(size, open).open.map((each) => open.get(each));
    assert.deepEqual(names(batch * length), ['batch', 'length']);
    assert.deepEqual(names(total), ['total']);
    assert.deepEqual(factorise(12 * length, open), { factor: 12, open: [length] });
    for (const fixed of [0, 1, 768, 50257])
      assert.deepEqual(factorise(fixed, open), { factor: fixed, open: [] });
  });

  it('divide no size of the model, and no sum of two is one', () => {
    const plain = openNumbers(2, []);
    const others = openNumbers(2, [plain[0]! * 3, plain[1]! + 10037]);
    assert.ok(!others.includes(plain[0]!));
    assert.deepEqual(openNumbers(2, [plain[0]! + plain[1]!]).slice(0, 1), [plain[0]]);
    assert.notEqual(openNumbers(2, [plain[0]! + plain[1]!])[1], plain[1]);
    assert.throws(() => openNumbers(2, [0]), { code: 'model' }); // everything divides 0
  });
});
