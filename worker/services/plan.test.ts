import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { corpus, tinyRun } from '../../test/process/training.ts';
import { folderWith } from '../data/test-support.ts';
import type { PlanRequest } from '../protocol/plan.ts';
import { TrainingPlanSchema } from '../protocol/plan.ts';
import { applySettings } from './settings.ts';
import { planTraining } from './plan.ts';
import { startTraining } from './train.ts';

function request(data: string, assignments: readonly string[] = []): PlanRequest {
  const { model, tokenizer, provider, settings } = tinyRun(data, '', assignments);
  return { data: [data], model, tokenizer, provider, settings };
}

describe('planTraining', () => {
  it('tells what there is to train on, and measures a step', async (t) => {
    const data = folderWith(t, {
      'a.txt': corpus(500, 1),
      'b.txt': corpus(500, 2),
      'c.png': '\0',
      'd.txt': ' ',
    });
    const phases = new Set<string>();
    const plan = await planTraining(request(data), { onProgress: ({ phase }) => phases.add(phase) });
    assert.deepEqual(TrainingPlanSchema.parse(plan), plan);
    assert.equal(plan.files, 2);
    assert.deepEqual(plan.leftOut, { binary: 1, empty: 1 });
    assert.equal(plan.tokensEstimated, false);
    assert.ok(Math.abs(plan.tokens - corpus(500, 1).length) < 300, `${plan.tokens} tokens`); // a char each, of one file
    assert.ok(plan.stepMs > 0 && plan.minutes > (2000 * plan.stepMs) / 60_000);
    assert.ok(plan.memoryBytes > 4 * plan.parameters);
    assert.equal(plan.provider, 'cpu');
    assert.deepEqual([...phases], ['reading files', 'counting words', 'measuring']);
  });

  it('estimates the tokens of a corpus that is larger than its sample', async (t) => {
    const data = folderWith(t, { 'a.txt': corpus(200_000) });
    const { tokens, tokensEstimated } = await planTraining(request(`${data}/a.txt`));
    const exact = corpus(200_000).length * 0.9; // a tenth validates
    assert.ok(tokensEstimated);
    assert.ok(Math.abs(tokens / exact - 1) < 0.001, `${tokens} tokens, in truth ${exact}`);
  });

  it('measures the step of an adapter, which takes less memory', async (t) => {
    const data = folderWith(t, { 'a.txt': corpus(2000) });
    const base = join(data, 'base');
    await startTraining({ ...tinyRun(`${data}/a.txt`, base, ['training.steps=1']) });
    const plan = (assignments: string[]) => {
      const settings = applySettings(['training.context=16', 'training.batch=4', ...assignments]);
      return planTraining({ data: [`${data}/a.txt`], model: base, provider: 'cpu', settings });
    };
    const [full, adapter] = [await plan([]), await plan(['lora.rank=4'])];
    assert.ok(adapter.memoryBytes < full.memoryBytes);
    assert.ok(adapter.stepMs > 0);
  });

  it('throws what a start would throw', async (t) => {
    const data = folderWith(t, { 'a.txt': corpus(500) });
    await assert.rejects(planTraining(request(`${data}/b.txt`)), { code: 'data' });
    await assert.rejects(planTraining({ ...request(data), model: 'gpt-9' }), { code: 'usage' });
    await assert.rejects(planTraining(request(data, ['training.context=32'])), { code: 'config' });
    await assert.rejects(planTraining(request(data, ['training.batch=4096'])), {
      code: 'data',
      message: /one batch needs 65537/,
    });
    const settings = applySettings(['model.width=100000', 'model.heads=2']);
    await assert.rejects(planTraining({ ...request(data), settings }), {
      code: 'memory',
      message: /^training needs about .* are free$/,
    });
  });

  it('can be cancelled in each of its phases', async (t) => {
    const data = folderWith(t, { 'a.txt': corpus(20_000), 'b.txt': corpus(20_000, 2) });
    for (const at of ['reading files', 'counting words', 'measuring'] as const) {
      const canceller = new AbortController();
      const planning = planTraining(request(data), {
        signal: canceller.signal,
        onProgress: ({ phase }) => {
          if (phase === at) canceller.abort();
        },
      });
      await assert.rejects(planning, { code: 'cancelled' }, at);
    }
  });
});
