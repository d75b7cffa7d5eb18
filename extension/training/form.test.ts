import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PRESETS } from '../../worker/models/presets.ts';
import { PlanRequestSchema } from '../../worker/protocol/plan.ts';
import { resolveModel } from '../../worker/services/training-model.ts';
import { parseTokenizer } from '../../worker/services/training-tokenizer.ts';
import { resolveSettings, TrainingSettingsSchema } from '../../worker/training/settings.ts';
import { defaultForm, modelChoices, newRun, providerChoices, requestOf, runName } from './form.ts';
import type { StoredRun } from './stored-run.ts';

const FORM = defaultForm(['/home/me/my project']);

const RUN: StoredRun = {
  path: '/runs/a',
  name: 'a',
  problem: undefined,
  record: { model: { from: 'gpt-nano', config: PRESETS['gpt-nano'] } } as unknown as StoredRun['record'],
  createdAt: '2026-01-01T00:00:00.000Z',
  parameters: 12_345,
  step: 1,
  savedStep: 1,
  loss: 1,
  valLoss: undefined,
  best: undefined,
  seconds: 1,
  end: undefined,
  owner: undefined,
  checkpoints: ['last'],
};

describe('defaultForm', () => {
  it('is a request that the worker takes', () => {
    const request = PlanRequestSchema.parse(requestOf(FORM, { provider: 'cpu', threads: 2 }));
    assert.deepEqual([request.provider, request.threads], ['cpu', 2]);
    const model = resolveModel(request.model, request.settings!.model);
    const settings = resolveSettings(request.settings!.training, model.config.context);
    assert.equal(parseTokenizer(request.tokenizer, model).kind, 'bpe');
    assert.ok(settings.sampleEvery === settings.evalEvery && settings.fimRate > 0);
    assert.equal(newRun(FORM, '/runs/b', []).steps, TrainingSettingsSchema.parse({}).steps);
  });
});

describe('requestOf', () => {
  it('leaves out what the form leaves open', () => {
    const form = { ...FORM, tokenizer: '', provider: 'webgpu' };
    const request = requestOf(form, { provider: 'cpu', threads: 0 });
    assert.deepEqual(Object.keys(request).sort(), ['data', 'model', 'provider', 'settings']);
    assert.equal(request.provider, 'webgpu');
  });

  it('makes a new model as long as its sequences', () => {
    const settings = { provider: 'cpu', threads: 0 };
    const form = { ...FORM, training: { ...FORM.training, context: 64 } };
    assert.deepEqual(requestOf(form, settings).settings!.model, { context: 64 });
    assert.deepEqual(requestOf({ ...form, model: '/models/mine' }, settings).settings!.model, {});
    assert.deepEqual(requestOf(FORM, settings).settings!.model, {});
  });
});

describe('runName', () => {
  it('names folder and time, and counts where that is taken', () => {
    const now = new Date(2026, 2, 4, 5, 6);
    assert.equal(
      runName(FORM, now, () => false),
      'my-project-20260304-0506',
    );
    const taken = new Set(['my-project-20260304-0506', 'my-project-20260304-0506-2']);
    assert.equal(
      runName(FORM, now, (name) => taken.has(name)),
      'my-project-20260304-0506-3',
    );
    const odd = { ...FORM, data: ['!/x', '/'] };
    assert.equal(
      runName(odd, now, () => false),
      'run-20260304-0506',
    );
    const path = { ...FORM, data: ['/tmp/Größe: 2/'] };
    assert.equal(
      runName(path, now, () => false),
      'Größe-2-20260304-0506',
    );
  });

  it('is of no hidden folder', () => {
    const nameOf = (path: string): string =>
      runName({ ...FORM, data: [path] }, new Date(2026, 2, 4, 5, 6), () => false);
    assert.equal(nameOf('/home/me/.dotfiles'), 'dotfiles-20260304-0506');
    assert.equal(nameOf('..'), 'run-20260304-0506');
  });
});

describe('choices', () => {
  it('offers presets with the size that the tokenizer gives them, runs, and what the form has', () => {
    const choices = modelChoices([RUN, { ...RUN, path: '/runs/b', checkpoints: [] }], {
      ...FORM,
      model: '/models/mine',
    });
    const sizes = new Map(choices.map(({ value, parameters }) => [value, parameters]));
    assert.equal(sizes.get('gpt-micro'), 1_082_496);
    assert.equal(sizes.get('/runs/a'), 12_345);
    assert.deepEqual([sizes.has('/runs/b'), sizes.has('/models/mine')], [false, true]);
    assert.equal(newRun({ ...FORM, model: '/runs/a' }, '/runs/c', [RUN]).parameters, 12_345);
  });

  it('offers the providers of a platform, the first as the setting says', () => {
    assert.deepEqual(
      providerChoices('win32', 'auto').map(({ value }) => value),
      ['auto', 'cpu', 'webgpu', 'cuda', 'dml'],
    );
    assert.equal(providerChoices('linux', 'cuda')[0]!.label, 'As set: NVIDIA GPU (CUDA)');
  });
});
