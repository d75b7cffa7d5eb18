/** What the page shows, as its host tells it. */
import type { CurrentRun, Point, RunSummary, TrainingEvent, TrainingState } from '../protocol/training.ts';

/** Beyond this many points a long run is thinned: more than a chart of any width shows. */
const MOST_POINTS = 4000;
const BUCKET = 4;

/** The state after an event. Before the first `state` there is none. */
export function nextState(state: TrainingState | undefined, event: TrainingEvent): TrainingState | undefined {
  if (event.type === 'state') return event.state;
  if (state === undefined) return undefined;
  switch (event.type) {
    case 'setup':
      return { current: state.current, history: state.history, ...event.setup };
    case 'history':
      return { ...state, history: event.history };
    case 'head': {
      const { summary } = event.head;
      // of another run: its state is on the way
      if (state.current?.summary.path !== summary.path) return state;
      const current = { ...event.head, series: state.current.series };
      return { ...state, current, history: state.history.map((run) => newer(run, summary)) };
    }
    case 'points':
      return withSeries(state, ({ points }) => ({ points: withPoints(points, event.points) }));
    case 'evaluation':
      return withSeries(state, ({ evaluations }) => ({
        evaluations: [...before(evaluations, event.evaluation.step), event.evaluation],
      }));
    case 'sample':
      return withSeries(state, ({ samples }) => ({
        // a step may have several samples
        samples: [...before(samples, event.sample.step + 1), event.sample],
      }));
    case 'report':
      return withSeries(state, () => ({ report: event.report }));
  }
}

function newer(run: RunSummary, summary: RunSummary): RunSummary {
  return run.path === summary.path ? summary : run;
}

function withSeries(
  state: TrainingState,
  change: (series: CurrentRun['series']) => Partial<CurrentRun['series']>,
): TrainingState {
  const { current } = state;
  if (current === undefined) return state;
  return { ...state, current: { ...current, series: { ...current.series, ...change(current.series) } } };
}

/** A run that went on from a checkpoint measures steps again. */
function before<T extends { readonly step: number }>(items: readonly T[], step: number): T[] {
  return items.filter((item) => item.step < step);
}

function withPoints(points: readonly Point[], added: readonly Point[]): Point[] {
  const [first] = added;
  const last = points.at(-1);
  if (first === undefined) return [...points];
  const kept = last !== undefined && last.step >= first.step ? before(points, first.step) : points;
  const all = [...kept, ...added];
  return all.length > MOST_POINTS ? thinned(all) : all;
}

/** Half the points: of every four the one with the highest loss and the one with the lowest. */
export function thinned(points: readonly Point[]): Point[] {
  const kept: Point[] = [];
  for (let start = 0; start < points.length; start += BUCKET) {
    const bucket = points.slice(start, start + BUCKET);
    const lowest = bucket.reduce((a, b) => (b.loss < a.loss ? b : a));
    const highest = bucket.reduce((a, b) => (b.loss >= a.loss ? b : a));
    kept.push(
      ...(lowest === highest ? [lowest] : lowest.step < highest.step ? [lowest, highest] : [highest, lowest]),
    );
  }
  return kept;
}
