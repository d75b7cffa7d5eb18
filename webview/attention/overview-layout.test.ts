import assert from 'node:assert/strict';
import { it } from 'node:test';
import { headAt, overviewLayout, placeOf } from './overview-layout.ts';

it('the overview has every head where it says it is', () => {
  const layout = overviewLayout(300, { layers: 3, heads: 4 });
  assert.equal(layout.side, 56);
  for (let head = 0; head < 12; head++) {
    const { x, y } = placeOf(layout, head);
    assert.equal(headAt(layout, x + layout.side / 2, y + layout.side / 2), head);
  }
  assert.equal(headAt(layout, 5, 40), undefined);
  assert.equal(headAt(layout, layout.width + 1, 40), undefined);
});

it('the overview of many heads is scrolled, not shrunk to nothing', () => {
  const layout = overviewLayout(200, { layers: 24, heads: 16 });
  assert.equal(layout.side, 12);
  assert.ok(layout.width > 200);
  assert.equal(overviewLayout(400, { layers: 12, heads: 12 }).side, 28);
});
