import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { RunEvent } from './events.ts';
import { Metrics } from './metrics.ts';

function file(t: TestContext, content?: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'cloze-metrics-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'metrics.jsonl');
  if (content !== undefined) writeFileSync(path, content);
  return path;
}

const line = (event: string, step: number): string => `${JSON.stringify({ event, step })}\n`;
const sample = (step: number): RunEvent => ({ event: 'sample', step, prompt: 'ü\n', text: '"' });

describe('Metrics', () => {
  it('adds one JSON object a line', async (t) => {
    const path = file(t);
    const metrics = await Metrics.open(path, 0);
    metrics.append(sample(1));
    metrics.append(sample(2));
    metrics.sync();
    metrics.close();
    const lines = readFileSync(path, 'utf8').split('\n');
    assert.deepEqual(
      lines.slice(0, 2).map((each) => JSON.parse(each) as unknown),
      [sample(1), sample(2)],
    );
    assert.equal(lines[2], '');
  });

  it('opened to go on after a step, keeps what came up to it', async (t) => {
    const kept = line('start', 0) + line('step', 1) + line('step', 2) + line('eval', 2);
    const path = file(t, kept + line('step', 3) + line('eval', 3));
    const metrics = await Metrics.open(path, 2);
    metrics.append(sample(3));
    metrics.close();
    assert.equal(readFileSync(path, 'utf8'), kept + `${JSON.stringify(sample(3))}\n`);
  });

  it('drops the end of a run that goes on', async (t) => {
    const path = file(t, line('step', 2) + line('done', 2));
    (await Metrics.open(path, 2)).close();
    assert.equal(readFileSync(path, 'utf8'), line('step', 2));
  });

  it('drops a torn last line, wherever it is torn', async (t) => {
    const whole = line('step', 1);
    for (let end = 0; end < line('step', 2).length; end++) {
      const path = file(t, whole + line('step', 2).slice(0, end));
      (await Metrics.open(path, 9)).close();
      assert.equal(readFileSync(path, 'utf8'), whole);
    }
  });
});
