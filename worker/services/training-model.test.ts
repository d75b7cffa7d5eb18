import assert from 'node:assert/strict';
import { relative } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ClozeError } from '../base/errors.ts';
import { requireDecoder } from '../models/config.ts';
import { PRESETS } from '../models/presets.ts';
import { startingWeights } from './starting-weights.ts';
import {
  requirePositions,
  resolveModel,
  withFields,
  withTrainedPositions,
  withVocabulary,
} from './training-model.ts';

const folder = fileURLToPath(new URL('../../test/fixtures/parity/gpt2', import.meta.url));
/** A tokenizer without special tokens. */
const NONE = { tokenToId: () => undefined };
const hasCode = (code: string) => (error: unknown) => error instanceof ClozeError && error.code === code;

describe('resolveModel', () => {
  it('sets fields of a preset, and those that follow from them', () => {
    const model = resolveModel('gpt-micro', { layers: 2, heads: 8, width: 64 });
    const config = requireDecoder(model.config, 'it');
    const { pretrained } = model;
    assert.equal(pretrained, false);
    assert.deepEqual(
      [config.layers, config.heads, config.kvHeads, config.headWidth, config.feedForward],
      [2, 8, 8, 8, 256],
    );
    assert.equal(withFields(PRESETS['gpt-micro'], { kvHeads: 2, feedForward: 100 }).feedForward, 100);
  });

  it('starts narrower models with larger weights, unless told', () => {
    const deviation = (fields: Record<string, number>): number => withFields(PRESETS.gpt2, fields).initRange;
    assert.equal(deviation({}), 0.02);
    assert.equal(deviation({ width: 192 }), 0.04);
    assert.equal(deviation({ width: 192, initRange: 0.01 }), 0.01);
    assert.equal(PRESETS['gpt-mini'].initRange * Math.sqrt(384), PRESETS.gpt2.initRange * Math.sqrt(768));
  });

  it('refuses to train on longer sequences than a model reads, also where it could', () => {
    for (const name of ['gpt-micro', 'moe-micro'] as const) {
      const { context } = PRESETS[name];
      requirePositions(PRESETS[name], { context });
      assert.throws(() => requirePositions(PRESETS[name], { context: context + 1 }), {
        code: 'config',
        message: `training.context is ${context + 1}, but the model has positions for ${context} tokens`,
      });
    }
  });

  it('gives a new encoder positions for what it trains on, unless told', () => {
    const positions = (model: string, settings: Record<string, number>): number =>
      withTrainedPositions(resolveModel(model, settings), settings, { context: 32 }).config.context;
    assert.equal(positions('bert-tiny', {}), 32);
    assert.equal(positions('bert-tiny', { context: 64 }), 64);
    assert.equal(positions('gpt-micro', {}), PRESETS['gpt-micro'].context);
  });

  it('refuses heads that do not divide the width', () => {
    assert.throws(() => resolveModel('gpt-micro', { heads: 3 }), hasCode('model'));
    assert.throws(() => resolveModel('gpt-micro', { heads: 4, kvHeads: 3 }), hasCode('model'));
  });

  it('takes a folder with its weights, which fix what it is', () => {
    const model = resolveModel(folder, { residualDropout: 0.1 });
    assert.equal(model.pretrained, true);
    assert.equal(model.config.residualDropout, 0.1);
    assert.deepEqual(model.specialIds, { bos_token_id: 210, eos_token_id: 210, pad_token_id: undefined });
    const weights = [...startingWeights(model, 1)];
    assert.ok(weights.length > 10);
    assert.ok(weights.every(({ data }) => data.some((value) => value !== 0)));
    assert.throws(() => resolveModel(folder, { layers: 9 }), /model\.layers is fixed by the weights/);
    assert.equal(resolveModel(folder, { layers: model.config.layers }).config.layers, model.config.layers);
  });

  it('names a folder so that a run finds it again from another working directory', () => {
    assert.equal(resolveModel(relative('', folder), {}).from, folder);
  });

  it('names the presets for what is neither', () => {
    assert.throws(() => resolveModel('gpt-nanoo', {}), hasCode('usage'));
  });
});

describe('withVocabulary', () => {
  it('gives a new model the vocabulary of its tokenizer, and holds one with weights to its own', () => {
    assert.equal(withVocabulary(resolveModel('gpt-micro', {}), 65, NONE).vocab, 65);
    const trained = resolveModel(folder, {});
    assert.equal(withVocabulary(trained, trained.config.vocab, NONE).vocab, trained.config.vocab);
    assert.throws(() => withVocabulary(trained, trained.config.vocab + 1, NONE), hasCode('model'));
  });
});
