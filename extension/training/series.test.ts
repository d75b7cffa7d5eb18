import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RunEvent } from '../../worker/protocol/events.ts';
import { MAX_POINTS, SeriesRecorder } from './series.ts';
import { evalEvent, savedEvent, startEvent, stepEvent } from './test-support.ts';

function recorded(events: Iterable<RunEvent>): SeriesRecorder {
  const recorder = new SeriesRecorder();
  for (const event of events) recorder.add(event);
  return recorder;
}

const steps = (from: number, to: number): RunEvent[] =>
  Array.from({ length: to - from + 1 }, (_, i) => stepEvent(from + i));

describe('SeriesRecorder', () => {
  it('sums the time of steps, evaluations and checkpoints', () => {
    const recorder = recorded([startEvent(), ...steps(1, 4), evalEvent(4), savedEvent(4), stepEvent(5)]);
    assert.equal(recorder.seconds, 5 * 0.1 + 2 + 1);
    assert.deepEqual(
      recorder.series.points.map(({ seconds }) => Number(seconds.toFixed(3))),
      [0.1, 0.2, 0.3, 0.4, 3.5],
    );
    assert.deepEqual(recorder.series.evaluations, [{ step: 4, valLoss: 2, best: true }]);
  });

  it('takes steps that are not logged to last as long as the logged ones', () => {
    assert.equal(recorded([startEvent(), stepEvent(10), stepEvent(20)]).seconds, 2);
  });

  it('forgets what a resumed run makes anew', () => {
    const recorder = recorded([startEvent(), ...steps(1, 8), evalEvent(8), startEvent(5), ...steps(6, 7)]);
    assert.deepEqual(
      recorder.series.points.map(({ step }) => step),
      [1, 2, 3, 4, 5, 6, 7],
    );
    assert.deepEqual(recorder.series.evaluations, []);
    assert.equal(Number(recorder.seconds.toFixed(3)), 0.7);
  });

  it('keeps the scores of evaluations, and the report of the end until the run goes on', () => {
    const metrics = { accuracy: 0.5, macroF1: 0.4 };
    const report = { examples: 10, model: { accuracy: 0.9 } };
    const events: RunEvent[] = [startEvent(), stepEvent(1), { ...evalEvent(1), metrics }];
    const recorder = recorded([...events, { event: 'report', step: 1, report }]);
    assert.deepEqual(recorder.series.evaluations, [{ step: 1, valLoss: 2, best: true, metrics }]);
    assert.deepEqual(recorder.series.report, report);
    recorder.add(startEvent(1));
    assert.deepEqual([recorder.series.report, recorder.series.evaluations.length], [undefined, 1]);
  });

  it('keeps how a mixture of experts has spread the tokens', () => {
    const layers = [{ load: [0.25, 0.75], probability: [0.4, 0.6], entropy: 0.5 }];
    const routing = { balance: 1.1, layers };
    const recorder = recorded([startEvent(), evalEvent(1), { ...evalEvent(2), routing }]);
    assert.deepEqual(
      recorder.series.evaluations.map((evaluation) => evaluation.routing),
      [undefined, routing],
    );
  });

  it('keeps how many steps a run in float16 has skipped', () => {
    const recorder = recorded([startEvent(), stepEvent(1), { ...stepEvent(2), lossScale: 1024, skipped: 3 }]);
    assert.deepEqual(
      recorder.series.points.map(({ skipped }) => skipped),
      [undefined, 3],
    );
  });

  it('knows the present speed, evaluations included', () => {
    const recorder = recorded([startEvent(), ...steps(1, 11)]);
    assert.equal(Number(recorder.secondsPerStep!.toFixed(3)), 0.1);
    recorder.add(evalEvent(11));
    assert.equal(Number(recorder.secondsPerStep!.toFixed(3)), 0.3);
    assert.equal(recorded([startEvent(), stepEvent(1)]).secondsPerStep, undefined);
  });

  it('holds no more points than a chart can use, of a run of any length', () => {
    const recorder = recorded([startEvent()]);
    for (let step = 1; step <= 50_000; step++) recorder.add(stepEvent(step, step % 2));
    const { points } = recorder.series;
    assert.ok(points.length <= MAX_POINTS && points.length > MAX_POINTS / 2, `${points.length} points`);
    assert.equal(points.at(-1)!.step, 50_000);
  });
});
