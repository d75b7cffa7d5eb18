import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CurrentRun, RunStatus } from '../protocol/training.ts';
import { Announcer } from './announce.ts';
import { nextState } from './state.ts';
import { aCurrent, aPoint, aRun, aState } from './test-support.ts';

const withStatus = (status: RunStatus, part: Partial<CurrentRun> = {}) =>
  aState({ current: aCurrent({ summary: aRun({ status }), ...part }) });

const announcement = (...change: Parameters<Announcer['hear']>) => new Announcer().hear(...change);

describe('announcements', () => {
  it('are not made of steps', () => {
    const before = aState();
    const after = nextState(before, { type: 'points', points: [aPoint(101)] });
    assert.equal(announcement(before, after), undefined);
  });

  it('are not made of what was there when the page came', () => {
    assert.equal(announcement(undefined, aState()), undefined);
  });

  it('tell start, pause, end and failure', () => {
    const said = (before: RunStatus, after: RunStatus, part?: Partial<CurrentRun>) =>
      announcement(withStatus(before), withStatus(after, part));
    assert.equal(said('preparing', 'running'), 'Training has begun');
    assert.equal(said('running', 'paused'), 'Paused at step 100');
    assert.equal(said('paused', 'running'), 'Training goes on');
    assert.equal(
      said('running', 'failed', { problem: { message: 'disk full' } }),
      'Training failed: disk full',
    );
    assert.equal(said('running', 'stopping'), undefined);
    const best = { step: 90, valLoss: 1.5 };
    const summary = aRun({ status: 'completed', best });
    assert.equal(
      said('running', 'completed', { summary }),
      'Training completed at step 100, best validation loss 1.5000',
    );
    const fresh = aState({ current: aCurrent({ summary: aRun({ name: 'new', status: 'preparing' }) }) });
    assert.equal(announcement(aState(), fresh), 'Preparing to train');
  });

  it('tell the best evaluations, at most one in half a minute', (t) => {
    t.mock.timers.enable({ apis: ['Date'] });
    const announcer = new Announcer();
    let state = aState();
    const said = (step: number, best = true) => {
      const before = state;
      state = nextState(before, { type: 'evaluation', evaluation: { step, valLoss: 1.75, best } })!;
      return announcer.hear(before, state);
    };
    assert.equal(said(1000, false), undefined);
    assert.equal(said(1250), 'Step 1,250: validation loss 1.7500, the best so far');
    assert.equal(announcer.hear(state, state), undefined);
    t.mock.timers.tick(29_000);
    assert.equal(said(1500), undefined);
    t.mock.timers.tick(1000);
    assert.match(said(1750) ?? '', /^Step 1,750/);
  });

  it('tell what a plan came to', () => {
    const planning = { phase: 'measuring', done: 1 };
    const planProblem = { message: 'no text' };
    assert.equal(announcement(aState({ planning }), aState({ planProblem })), 'no text');
  });
});
