import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TensorSource } from './source.ts';
import { weightsHash, weightsHashInTurns } from './weights-hash.ts';

const MEBIBYTE = 1 << 20;

/** Two tensors of 16 MiB, in pieces of one. */
const source = {
  path: 'here',
  names: ['a', 'b'],
  has: () => true,
  place: () => undefined,
  info: () => ({ dtype: 'F32', shape: [4 * MEBIBYTE], bytes: 16 * MEBIBYTE }),
  *chunks(name: string) {
    for (let i = 0; i < 16; i++) yield new Uint8Array(MEBIBYTE).fill(name.charCodeAt(0) + i);
  },
  readTyped: () => assert.fail(),
  readFloat32: () => assert.fail(),
  close: () => undefined,
} as const satisfies TensorSource;

describe('the hash of weights', () => {
  it('in turns is the same, and lets others run meanwhile', async () => {
    let turns = 0;
    let running = true;
    const count = (): void => {
      turns++;
      if (running) setImmediate(count);
    };
    setImmediate(count);
    const hash = await weightsHashInTurns(source);
    running = false;
    assert.equal(hash, weightsHash(source));
    assert.ok(turns >= 8, `${turns} turns`);
  });

  it('in turns can be cancelled', async () => {
    const controller = new AbortController();
    setImmediate(() => controller.abort());
    await assert.rejects(weightsHashInTurns(source, controller.signal), { code: 'cancelled' });
  });
});
