import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { onceEach } from './problem-log.ts';
import { ModelSession } from './model-session.ts';
import { FakeClock } from './test-support.ts';

describe('the log of problems', () => {
  it('has a model that can not be opened once for each attempt', async () => {
    const clock = new FakeClock();
    let attempts = 0;
    const session = new ModelSession({
      clock,
      open: () => Promise.reject(new Error(`attempt ${++attempts}`)),
      onChange: () => undefined,
    });
    session.choose('/broken');
    const told: string[] = [];
    const tell = onceEach((error) => told.push(String(error)));
    for (let key = 0; key < 5; key++) {
      await session.ready().catch(tell);
      await clock.advance(10_000);
    }
    assert.deepEqual(told, ['Error: attempt 1', 'Error: attempt 2']);
  });
});
