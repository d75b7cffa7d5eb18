import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RunSummary } from '../../webview/protocol/training.ts';
import {
  age,
  modelDescription,
  modelLabel,
  runDescription,
  runLabel,
  shortBytes,
  shortCount,
} from './describe.ts';
import { describeDevice } from './device-report.ts';
import type { ListedModel } from './model-list.ts';

const NOW = Date.parse('2026-01-01T12:00:00.000Z');

const RUN: RunSummary = {
  path: '/runs/a',
  name: 'a',
  status: 'running',
  createdAt: '2026-01-01T09:00:00.000Z',
  objective: 'clm',
  model: 'gpt-micro',
  parameters: 1,
  step: 840,
  steps: 2000,
  loss: 2.311,
  valLoss: 2.456,
  best: { step: 800, valLoss: 2.4 },
  seconds: 10,
  hyperparameters: {},
  data: [],
  inUse: true,
};

const MODEL: ListedModel = {
  path: '/models/a',
  name: 'a',
  kind: 'folder',
  folder: '/models/a',
  base: undefined,
  layout: 'gpt2',
  head: undefined,
  parameters: 1_066_112,
  context: 256,
  valLoss: 2.311,
  fillsIn: true,
  inUse: true,
  problem: undefined,
};

describe('runs in a few words', () => {
  it('says what matters now of a run under way', () => {
    assert.equal(runDescription(RUN, NOW), '42 % · loss 2.31 · val 2.46');
    assert.equal(runDescription({ ...RUN, status: 'paused' }, NOW), '42 % · paused · loss 2.31 · val 2.46');
    assert.equal(runDescription({ ...RUN, status: 'preparing', step: 0 }, NOW), 'preparing');
  });

  it('says what another came to', () => {
    assert.equal(runDescription({ ...RUN, status: 'completed' }, NOW), 'val 2.40 · 3 h ago');
    assert.equal(
      runDescription({ ...RUN, status: 'interrupted', best: undefined }, NOW),
      'interrupted at 840/2000 · 3 h ago',
    );
    assert.equal(
      runDescription({ ...RUN, status: 'failed', steps: 0, best: undefined }, NOW),
      'failed · 3 h ago',
    );
  });

  it('says all of it to those who hear it', () => {
    assert.equal(runLabel(RUN), 'a, running, step 840 of 2000, validation loss 2.46, used for completion');
    const tagger: RunSummary = { ...RUN, objective: 'tag', inUse: false };
    assert.equal(runLabel(tagger), 'a, tag words, running, step 840 of 2000, validation loss 2.46');
  });
});

describe('models in a few words', () => {
  it('says size and loss, or the problem', () => {
    assert.equal(modelDescription(MODEL), 'in use · val 2.31 · 1.1 M · context 256');
    assert.equal(
      modelLabel(MODEL),
      'a, 1,066,112 parameters, context of 256 tokens, validation loss 2.31, fills in the middle, used for completion',
    );
    const bert: ListedModel = {
      ...MODEL,
      layout: 'bert',
      head: 'classify',
      fillsIn: undefined,
      inUse: false,
    };
    assert.equal(modelDescription(bert), 'classifies texts · val 2.31 · 1.1 M · context 256');
    assert.match(modelLabel(bert), /validation loss 2\.31, classifies texts$/);
    assert.equal(modelLabel({ ...MODEL, problem: 'gone' }), 'a, can not be used: gone');
  });
});

describe('figures', () => {
  it('are short', () => {
    assert.deepEqual([12, 804_096, 1_066_112, 124e6, 175e9].map(shortCount), [
      '12',
      '804 K',
      '1.1 M',
      '124 M',
      '175 B',
    ]);
    assert.deepEqual([2.5e6, 1.55e9].map(shortBytes), ['3 MB', '1.6 GB']);
    const ages = [0, 59, 60, 3599, 3600, 86_399, 86_400].map((seconds) => age(NOW - 1000 * seconds, NOW));
    assert.deepEqual(ages, ['now', 'now', '1 min ago', '59 min ago', '1 h ago', '23 h ago', '1 d ago']);
  });
});

describe('describeDevice', () => {
  it('marks what auto takes, and says why not of the others', () => {
    const text = describeDevice({
      auto: 'cpu',
      providers: [
        { provider: 'webgpu', usable: false, reason: 'no adapter\n  found' },
        { provider: 'cuda', usable: true, slow: 'it may be software' },
        { provider: 'cpu', usable: true, halves: { float16: 'emulated', bfloat16: 'none' } },
      ],
      threads: 4,
      memory: { totalBytes: 16e9, availableBytes: 8e9 },
      platform: 'linux-x64',
    });
    assert.match(text, /^ {2}webgpu {2}not usable: no adapter found$/m);
    assert.match(text, /^ {2}cuda {4}usable, but slow: it may be software$/m);
    assert.match(text, /^\* cpu {5}usable, float16 emulated, bfloat16 none$/m);
    assert.match(text, /8\.0 GB free of 16\.0 GB/);
  });
});
