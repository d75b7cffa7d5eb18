import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { paced } from './live-region.ts';

describe('live region', () => {
  it('clears before each text, so that the same one is heard again', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const written: string[] = [];
    const say = paced((text) => written.push(text));
    for (let i = 0; i < 2; i++) {
      say('saved');
      t.mock.timers.tick(2000);
    }
    assert.deepEqual(written, ['', 'saved', '', 'saved']);
  });

  it('says the last of what comes faster than every two seconds', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const written: string[] = [];
    const say = paced((text) => written.push(text));
    for (const text of ['a', 'b', 'c']) say(text);
    t.mock.timers.tick(1999);
    assert.deepEqual(written, ['', 'a']);
    t.mock.timers.tick(2);
    assert.deepEqual(written, ['', 'a', '', 'c']);
  });
});
