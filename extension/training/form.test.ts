import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OBJECTIVES } from '../../webview/protocol/objectives.ts';
import { type TrainingForm, TrainingFormSchema } from '../../webview/protocol/training.ts';
import { countParameters } from '../../worker/models/layout.ts';
import { PRESETS } from '../../worker/models/presets.ts';
import { PlanRequestSchema } from '../../worker/protocol/plan.ts';
import { objectiveOf } from '../../worker/services/objectives.ts';
import { requirePositions, resolveModel } from '../../worker/services/training-model.ts';
import { parseTokenizer } from '../../worker/services/training-tokenizer.ts';
import { resolveSettings, TrainingSettingsSchema } from '../../worker/training/settings.ts';
import { defaultForm, formFor } from './default-forms.ts';
import { modelChoices, newRun, providerChoices, requestOf, runName } from './form.ts';
import type { StoredRun } from './stored-run.ts';

const FORM = defaultForm(['/home/me/my project']);

const RUN: StoredRun = {
  path: '/runs/a',
  name: 'a',
  problem: undefined,
  record: {
    objective: 'clm',
    model: { from: 'gpt-nano', config: PRESETS['gpt-nano'] },
  } as unknown as StoredRun['record'],
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
    assert.equal(request.settings!.lora, undefined);
    const adapted = { ...FORM, adapterRank: 8 };
    const settings8 = requestOf(adapted, { provider: 'cpu', threads: 0 }).settings!;
    assert.equal(settings8.lora, undefined); // a preset has no weights yet
    const { lora } = requestOf({ ...adapted, model: '/runs/a' }, { provider: 'cpu', threads: 0 }).settings!;
    assert.deepEqual(lora, { rank: 8, alpha: 16 });
    assert.equal(newRun(FORM, '/runs/b', []).steps, TrainingSettingsSchema.parse({}).steps);
  });
});

const BERT_RUN: StoredRun = {
  ...RUN,
  path: '/runs/bert',
  name: 'bert',
  record: {
    objective: 'mlm',
    model: { from: 'bert-tiny', config: PRESETS['bert-tiny'] },
  } as unknown as StoredRun['record'],
};

describe('formFor', () => {
  it('is a request that the worker takes, of every objective', () => {
    for (const objective of OBJECTIVES) {
      const form = { ...formFor(objective, ['/home/me/text'], []), data: ['/home/me/text'] };
      assert.deepEqual(TrainingFormSchema.parse(form), form);
      const request = PlanRequestSchema.parse(requestOf(form, { provider: 'cpu', threads: 0 }));
      const model = resolveModel(request.model, request.settings!.model);
      assert.equal(objectiveOf(request.objective, model), objective);
      const settings = resolveSettings(request.settings!.training, model.config.context);
      requirePositions(model.config, settings);
      assert.doesNotThrow(() => parseTokenizer(request.tokenizer, model));
      assert.ok(modelChoices([], form).some(({ value }) => value === form.model));
    }
  });

  it('takes folders for text and none for examples, which go on from the newest model of text', () => {
    assert.deepEqual(formFor('mlm', ['/w'], []).data, ['/w']);
    assert.deepEqual(formFor('classify', ['/w'], []).data, []);
    const form = formFor('classify', ['/w'], [RUN, BERT_RUN, { ...BERT_RUN, path: '/runs/older' }]);
    assert.deepEqual([form.model, form.tokenizer, form.training.context], ['/runs/bert', '', undefined]);
    const early = formFor('tag', [], [{ ...BERT_RUN, checkpoints: [] }]);
    assert.deepEqual([early.model, early.tokenizer], ['bert-tiny', 'wordpiece:4096']);
  });

  it('reads what an earlier version has kept as a form for next tokens', () => {
    const { objective, ...kept } = FORM;
    assert.deepEqual([TrainingFormSchema.parse(kept), objective], [FORM, 'clm']);
  });
});

describe('requestOf', () => {
  it('leaves out what the form leaves open', () => {
    const form = { ...FORM, tokenizer: '', provider: 'webgpu' };
    const request = requestOf(form, { provider: 'cpu', threads: 0 });
    assert.deepEqual(Object.keys(request).sort(), ['data', 'model', 'objective', 'provider', 'settings']);
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

  it('offers only models that can learn the objective', () => {
    const folder = { path: '/models/b', name: 'b', layout: 'roberta', parameters: 3, context: 4 };
    const offered = (form: TrainingForm): string[] =>
      modelChoices([RUN, BERT_RUN], form, [folder]).map(({ value }) => value);
    assert.ok(!offered(FORM).includes('/runs/bert') && !offered(FORM).includes('bert-tiny'));
    const masked = offered(formFor('mlm', [], []));
    assert.ok(
      ['bert-tiny', 'roberta-base', '/runs/bert', '/models/b'].every((name) => masked.includes(name)),
    );
    assert.ok(!masked.includes('/runs/a') && !masked.includes('gpt-micro'));
    const pairs = offered(formFor('mlm+nsp', [], []));
    assert.ok(
      pairs.includes('/runs/bert') && !pairs.includes('roberta-base') && !pairs.includes('/models/b'),
    );
  });

  it('counts the parameters of a WordPiece vocabulary', () => {
    const form = formFor('mlm', [], []);
    const { vocab, ...rest } = PRESETS['bert-tiny'];
    assert.ok(vocab > 4096);
    assert.equal(newRun(form, '/runs/b', []).parameters, countParameters({ ...rest, vocab: 4096 }));
  });

  it('offers the providers of a platform, the first as the setting says', () => {
    assert.deepEqual(
      providerChoices('win32', 'auto').map(({ value }) => value),
      ['auto', 'cpu', 'webgpu', 'cuda', 'dml'],
    );
    assert.equal(providerChoices('linux', 'cuda')[0]!.label, 'As set: NVIDIA GPU (CUDA)');
  });
});
