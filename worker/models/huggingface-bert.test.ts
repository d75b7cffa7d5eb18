import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import * as z from 'zod';
import { withHead } from './bert-config.ts';
import type { BertConfig } from './config.ts';
import { fromHuggingFace, modelFromHuggingFace, toHuggingFace } from './huggingface.ts';
import { parameterShapes } from './layout.ts';
import { PRESETS } from './presets.ts';

const parity = join(import.meta.dirname, '../../test/fixtures/parity');
const JsonSchema = z.record(z.string(), z.unknown());

/** Through JSON, as a file would have it. */
function roundtrip(config: BertConfig): unknown {
  return modelFromHuggingFace(JsonSchema.parse(JSON.parse(JSON.stringify(toHuggingFace(config)))));
}

const labels = ['no', 'yes', 'maybe'];
const small = { vocab: 211, layers: 2, width: 48, heads: 4, feedForward: 96 };
const bert: BertConfig = { ...PRESETS['bert-tiny'], ...small, context: 64 };
const roberta: BertConfig = { ...PRESETS['roberta-base'], ...small, context: 64 };
const distilbert: BertConfig = { ...PRESETS['distilbert-base'], ...small, context: 64 };

describe('config.json of encoders', () => {
  const expected: Record<string, Partial<BertConfig>> = {
    bert: { ...small, layout: 'bert', context: 64, segments: 2, head: 'mlm+nsp', pooler: true, padId: 0 },
    'bert/sequence_classification': {
      head: 'classify',
      pooler: true,
      labels: ['LABEL_0', 'LABEL_1', 'LABEL_2'],
    },
    'bert/token_classification': { head: 'tag', pooler: false },
    'bert/question_answering': { head: 'answer', pooler: false, labels: [], normEpsilon: 1e-12 },
    roberta: {
      ...small,
      layout: 'roberta',
      context: 64,
      segments: 1,
      head: 'mlm',
      padId: 1,
      normEpsilon: 1e-5,
    },
    distilbert: {
      layout: 'distilbert',
      vocab: 211,
      layers: 2,
      width: 24,
      heads: 4,
      feedForward: 48,
      context: 32,
      segments: 1,
      head: 'mlm',
      pooler: false,
    },
    'distilbert/sequence_classification': { head: 'classify', labels: ['LABEL_0', 'LABEL_1', 'LABEL_2'] },
    'distilbert/token_classification': { head: 'tag' },
    'distilbert/question_answering': { head: 'answer', labels: [] },
  };
  /** What says nothing of the model, or what is true of every model of these families. */
  const unsaid = ['transformers_version', 'use_cache', 'dtype', 'tie_word_embeddings'];
  for (const [folder, fields] of Object.entries(expected)) {
    it(`${folder}: read, and written so that transformers' keys come out the same`, () => {
      const theirs = JsonSchema.parse(JSON.parse(readFileSync(join(parity, folder, 'config.json'), 'utf8')));
      const config = modelFromHuggingFace(theirs);
      assert.deepEqual({ ...config, ...fields }, config);
      const ours = toHuggingFace(config, { bos_token_id: 0, eos_token_id: 2 });
      assert.equal(ours.cloze, undefined);
      for (const [key, value] of Object.entries(theirs)) {
        const isGiven = /^(bos|eos)_token_id$/.test(key) && value === null;
        if (!unsaid.includes(key) && !isGiven) assert.deepEqual(ours[key], value, key);
      }
    });
  }

  it('missing keys have the defaults of transformers', () => {
    assert.deepEqual(modelFromHuggingFace({ model_type: 'bert' }), PRESETS['bert-base']);
    assert.deepEqual(modelFromHuggingFace({ model_type: 'distilbert' }), PRESETS['distilbert-base']);
    // those of its RobertaConfig, which are not those of the published model
    assert.deepEqual(modelFromHuggingFace({ model_type: 'roberta' }), {
      ...PRESETS['roberta-base'],
      context: 510,
      segments: 2,
      normEpsilon: 1e-12,
    });
  });

  it('comes back, whatever the head', () => {
    const variants: BertConfig[] = [
      bert,
      roberta,
      { ...bert, pooler: false },
      { ...roberta, residualDropout: 0.3, padId: 5, activation: 'gelu_tanh' },
      { ...bert, head: 'mlm' },
      { ...bert, normPlacement: 'pre' },
    ];
    for (const family of [bert, roberta, distilbert]) {
      for (const head of ['mlm', 'answer'] as const) variants.push(withHead(family, head));
      for (const head of ['classify', 'tag'] as const) variants.push(withHead(family, head, labels));
    }
    for (const config of variants) assert.deepEqual(roundtrip(config), config);
  });

  it('names the class that transformers loads it with', () => {
    const nameOf = (config: BertConfig): unknown => toHuggingFace(config).architectures;
    assert.deepEqual(nameOf(bert), ['BertModel']);
    assert.deepEqual(nameOf(withHead(bert, 'mlm+nsp')), ['BertForPreTraining']);
    assert.deepEqual(nameOf(withHead(roberta, 'tag', labels)), ['RobertaForTokenClassification']);
    const { id2label, label2id } = toHuggingFace(withHead(bert, 'classify', labels));
    assert.deepEqual(id2label, { 0: 'no', 1: 'yes', 2: 'maybe' });
    assert.deepEqual(label2id, { no: 0, yes: 1, maybe: 2 });
  });

  it('Pre-LN is of type cloze: transformers does not compute it', () => {
    assert.equal(toHuggingFace({ ...bert, normPlacement: 'pre' }).model_type, 'cloze');
    assert.equal(toHuggingFace(bert).model_type, 'bert');
  });

  it('has the padding id of the model, whatever the special ids say', () => {
    assert.equal(toHuggingFace(roberta, { pad_token_id: null }).pad_token_id, 1);
  });

  it('without a class, the tensors tell the head', () => {
    const json = { model_type: 'bert', id2label: { 10: 'k', 9: 'j', 0: 'a' } };
    const names = (config: BertConfig): string[] => [...parameterShapes(config).keys()];
    const read = (tensors: string[]): unknown => {
      const config = modelFromHuggingFace(json, 'here', tensors) as BertConfig;
      return [config.head, config.pooler, config.labels];
    };
    assert.deepEqual(read(names({ ...bert, pooler: false })), ['none', false, []]);
    assert.deepEqual(read(names(withHead(bert, 'mlm'))), ['mlm', false, []]);
    assert.deepEqual(read(names(withHead(bert, 'tag', labels))), ['tag', false, ['a', 'j', 'k']]);
    assert.deepEqual(read(names(withHead(bert, 'classify', labels))), ['classify', true, ['a', 'j', 'k']]);
    const distilled = names(withHead(distilbert, 'classify', labels));
    const { head } = modelFromHuggingFace({ model_type: 'distilbert' }, 'here', distilled) as BertConfig;
    assert.equal(head, 'classify');
  });

  const refused: [fields: object, message: RegExp][] = [
    [
      { position_embedding_type: 'relative_key' },
      /position_embedding_type "relative_key" .* expected absolute/,
    ],
    [{ is_decoder: true }, /is_decoder true/],
    [{ hidden_act: 'relu' }, /hidden_act "relu" is not supported, expected gelu or gelu_new/],
    [{ num_attention_heads: 7 }, /model\.width 768 is not a multiple of model\.heads 7/],
    [{ pad_token_id: 30522 }, /model\.padId 30522 is outside the vocabulary of 30522/],
    [{ architectures: ['BertForMaskedLM'], tie_word_embeddings: false }, /tie_word_embeddings false/],
    [
      { architectures: ['BertForSequenceClassification'], problem_type: 'regression' },
      /problem_type "regression" is not supported/,
    ],
    [
      { architectures: ['BertForSequenceClassification'], id2label: { 0: 'one' } },
      /model\.head classify needs two labels or more, got 1/,
    ],
    [{ cloze: { labels: ['a'] } }, /model\.head none has no labels, got 1/],
    [{ cloze: { kvHeads: 1 } }, /kvHeads/],
  ];
  for (const [fields, message] of refused) {
    it(`is refused: ${JSON.stringify(fields)}`, () => {
      assert.throws(() => modelFromHuggingFace({ model_type: 'bert', ...fields }, 'here'), message);
    });
  }

  it('of DistilBERT is refused with what that has not', () => {
    const read = (fields: object): unknown =>
      modelFromHuggingFace({ model_type: 'distilbert', ...fields }, 'here');
    assert.throws(() => read({ sinusoidal_pos_embds: true }), /sinusoidal_pos_embds true .* expected false/);
    assert.throws(() => read({ cloze: { segments: 2 } }), /tells no segments apart/);
    assert.throws(() => withHead(distilbert, 'mlm+nsp'), /distilbert has no next sentence head/);
  });

  it('is refused where a decoder is asked for', () => {
    assert.throws(() => fromHuggingFace({ model_type: 'bert' }, 'here'), {
      code: 'model',
      message: 'here: expected a decoder, got an encoder of layout bert',
    });
  });
});
