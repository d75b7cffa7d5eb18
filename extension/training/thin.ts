import type { Point } from '../../webview/protocol/training.ts';

/**
 * At most `max` of the points of a curve, evenly over its steps: of each stretch the lowest and the highest loss, so that
 * spikes stay, and the first and last point. Points are in the order of their steps.
 */
export function thin(points: readonly Point[], max: number): readonly Point[] {
  if (points.length <= max) return points;
  const first = points[0]!;
  const last = points.at(-1)!;
  const stretches = Math.floor((max - 2) / 2);
  const width = (last.step - first.step + 1) / stretches;
  const kept: Point[] = [first];
  for (const stretch of inStretches(points, first.step, width)) {
    const low = stretch.reduce((a, b) => (b.loss < a.loss ? b : a));
    const high = stretch.reduce((a, b) => (b.loss > a.loss ? b : a));
    for (const extreme of low.step <= high.step ? [low, high] : [high, low]) {
      if (extreme !== kept.at(-1)) kept.push(extreme);
    }
  }
  if (kept.at(-1) !== last) kept.push(last);
  return kept;
}

function* inStretches(points: readonly Point[], start: number, width: number): Generator<Point[]> {
  let current: Point[] = [];
  let index = 0;
  for (const point of points) {
    const at = Math.floor((point.step - start) / width);
    if (at !== index && current.length > 0) {
      yield current;
      current = [];
    }
    index = at;
    current.push(point);
  }
  yield current;
}
