import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Decisions, decisionsText } from './decisions.ts';
import { FakeClock } from './test-support.ts';

describe('decisions', () => {
  it('have each step with its time, the newest first', async () => {
    const clock = new FakeClock();
    const decisions = new Decisions(clock);
    const first = decisions.begin('a.ts:1:2', true);
    await clock.advance(12.5);
    first.step('waited');
    await clock.advance(100);
    first.end('Shown: 5 characters, computed.');
    decisions.begin('b.ts:3:4', false);
    const [newest, oldest] = decisionsText(decisions.all()).split(/\n\n/);
    assert.match(newest!, /^\d\d:\d\d:\d\d {2}b\.ts:3:4 {2}asked for\n +under way$/);
    assert.match(
      oldest!,
      /^\d\d:\d\d:\d\d {2}a\.ts:1:2 {2}while typing\n +12\.5 ms {2}waited\n +112\.5 ms {2}Shown: 5 characters, computed\.\n$/,
    );
  });

  it('take one line for the same outcome over and over', () => {
    const decisions = new Decisions(new FakeClock());
    for (let key = 0; key < 30; key++)
      decisions.begin(`a.ts:1:${key}`, true).endAgain('A key came before the answer.');
    decisions.begin('a.ts:1:31', true).end('Shown.');
    decisions.begin('a.ts:1:32', true).endAgain('A key came before the answer.');
    assert.deepEqual(
      decisions.all().map(({ place, times }) => [place, times]),
      [
        ['a.ts:1:32', 1],
        ['a.ts:1:31', 1],
        ['a.ts:1:29', 30],
      ],
    );
    assert.match(decisionsText(decisions.all()), /\(30 times\)/);
  });

  it('are the last 50', () => {
    const decisions = new Decisions(new FakeClock());
    for (let index = 0; index < 80; index++) decisions.begin(`a.ts:1:${index}`, true).end(`${index}`);
    assert.equal(decisions.all().length, 50);
    assert.equal(decisions.all()[0]!.outcome, '79');
  });

  it('may end after they were dropped', () => {
    const decisions = new Decisions(new FakeClock());
    const first = decisions.begin('a.ts:1:1', true);
    for (let index = 0; index < 50; index++) decisions.begin('b.ts:1:1', true).end(`${index}`);
    first.endAgain('49');
    assert.equal(decisions.all().length, 50);
  });

  it('say so where there are none', () =>
    assert.match(decisionsText([]), /^No completion has been asked for/));
});
