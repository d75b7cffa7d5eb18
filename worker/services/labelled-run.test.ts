import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { folderWith } from '../data/test-support.ts';
import { stratifiedSplit } from '../data/labelled/split.ts';
import type { PrepareProgress } from '../protocol/train.ts';
import { tagTask } from './labelled-tag.ts';
import { prepareRun, runRequest } from './prepare-run.ts';
import { applySettings } from './settings.ts';

const WORDS = ['the', 'cat', 'sat', 'on', 'a', 'mat', 'and', 'saw', 'Ada'];

/** Questions of which each has a context of its own. */
function questions(count: number): string {
  const line = (i: number): string => {
    const words = Array.from({ length: 300 }, (_, word) => WORDS[(i * 7 + word * word) % WORDS.length]);
    return JSON.stringify({ question: 'who saw it?', context: [`n${i}`, ...words].join(' '), answer: null });
  };
  return Array.from({ length: count }, (_, i) => `${line(i)}\n`).join('');
}

function labelledRequest(data: string) {
  const settings = applySettings([
    'model.layers=1',
    'model.width=16',
    'model.heads=2',
    'training.context=64',
  ]);
  const tokenizer = 'wordpiece:64';
  return runRequest({ objective: 'qa', model: 'bert-tiny', tokenizer, data: [data], settings });
}

describe('prepareRun of labelled examples', () => {
  it('tells how many examples are encoded, and can be cancelled among them', async (t) => {
    const data = join(folderWith(t, { 'questions.jsonl': questions(3000) }), 'questions.jsonl');
    const told: PrepareProgress[] = [];
    const canceller = new AbortController();
    const preparing = prepareRun(
      labelledRequest(data),
      {
        signal: canceller.signal,
        onProgress: (progress) => {
          if (progress.phase !== 'encoding') return;
          told.push(progress);
          canceller.abort();
        },
      },
      () => undefined,
    );
    await assert.rejects(preparing, { code: 'cancelled' });
    assert.equal(told.length, 1);
    assert.equal(told[0]!.total, 3000);
    assert.ok(told[0]!.done > 0 && told[0]!.done < 3000, String(told[0]!.done));
  });
});

describe('tagTask.splitItems', () => {
  it('keeps a tag that is seen once among what is learned, whatever the seed', () => {
    const examples = Array.from({ length: 40 }, (_, i) => ({
      tokens: [`w${i}`, 'x'],
      tags: ['O', i === 17 ? 'B-RARE' : 'B-OFTEN'],
      where: String(i),
    }));
    for (let seed = 0; seed < 20; seed++) {
      const shares = { seed, validation: 0.2, test: 0.2 };
      const { train } = stratifiedSplit(tagTask.splitItems(examples), shares);
      assert.ok(train.includes(17), `seed ${seed}`);
    }
  });
});
