import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import type { Series } from '../protocol/training.ts';
import { Overlay } from './overlay.ts';
import { aMemory, aPoint, aRun } from './test-support.ts';

const seriesTo = (step: number): Series => ({ points: [aPoint(step)], evaluations: [], samples: [] });
const settled = () => Promise.resolve();

describe('overlay', () => {
  beforeEach(() => mock.timers.enable({ apis: ['Date', 'setTimeout'] }));
  afterEach(() => mock.timers.reset());

  function open(overlay: string[], answer: () => Series | undefined = () => seriesTo(1)) {
    const memory = aMemory({ overlay });
    const asked: string[] = [];
    const drawings: number[] = [];
    const actions = {
      series: (path: string) => {
        asked.push(path);
        return Promise.resolve(answer());
      },
    };
    return {
      asked,
      drawings,
      memory,
      overlay: new Overlay(actions, memory, () => drawings.push(asked.length)),
    };
  }

  it('asks for a run that trains every few seconds, and draws what it has meanwhile', async () => {
    const first = seriesTo(1);
    const { asked, overlay } = open(['/runs/b'], () => first);
    const at = (step: number) => overlay.runs([aRun({ name: 'b', step })], '/runs/a');
    assert.deepEqual(at(1), []);
    await settled();
    assert.equal(at(1)[0]?.series, first);
    mock.timers.tick(1000);
    assert.equal(at(2)[0]?.series, first);
    assert.equal(asked.length, 1);
    mock.timers.tick(5000);
    assert.equal(at(3)[0]?.series, first);
    assert.equal(asked.length, 2);
  });

  it('asks once for a run that has ended', async () => {
    const { asked, overlay } = open(['/runs/b']);
    for (let i = 0; i < 3; i++) {
      overlay.runs([aRun({ name: 'b' })], undefined);
      await settled();
      mock.timers.tick(60_000);
    }
    assert.equal(asked.length, 1);
  });

  it('draws once more after the last step of a run', async () => {
    const { asked, drawings, overlay } = open(['/runs/b']);
    overlay.runs([aRun({ name: 'b', step: 1 })], undefined);
    await settled();
    overlay.runs([aRun({ name: 'b', step: 2, status: 'completed' })], undefined);
    assert.deepEqual([asked.length, drawings.length], [1, 1]);
    mock.timers.tick(5000);
    assert.deepEqual([asked.length, drawings.length], [1, 2]);
  });

  it('asks again where no answer came, when the run goes on or is chosen anew', async () => {
    const answers = [undefined, undefined, seriesTo(2)];
    const { asked, overlay } = open(['/runs/b'], () => answers.shift());
    const at = async (step: number) => {
      const runs = overlay.runs([aRun({ name: 'b', step })], undefined);
      await settled();
      mock.timers.tick(5000);
      return runs.length;
    };
    assert.equal(await at(1), 0);
    assert.equal(await at(1), 0);
    assert.equal(asked.length, 1);
    assert.equal(await at(2), 0);
    assert.equal(asked.length, 2);
    overlay.toggle('/runs/b');
    await at(2);
    overlay.toggle('/runs/b');
    await at(2);
    assert.equal(await at(2), 1);
  });

  it('lets go of runs that were removed', () => {
    const { memory, overlay } = open(['/runs/gone', '/runs/b', '/runs/c', '/runs/d', '/runs/e']);
    overlay.runs(
      ['b', 'c', 'd', 'e'].map((name) => aRun({ name })),
      undefined,
    );
    assert.deepEqual(memory.value.overlay, ['/runs/b', '/runs/c', '/runs/d', '/runs/e']);
    assert.equal(overlay.full, false);
    overlay.runs([], undefined);
    assert.equal(memory.value.overlay.length, 4);
  });
});
