import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { modulesToSave } from './adapter-folder.ts';
import { type EncoderHead, withHead } from './bert-config.ts';
import { PRESETS } from './presets.ts';

describe('modules that an adapter keeps whole', () => {
  const modules = (
    name: 'bert-tiny' | 'roberta-base' | 'distilbert-base',
    head: EncoderHead,
    saved: string[],
  ): string[] =>
    modulesToSave(withHead(PRESETS[name], head, head === 'classify' ? ['a', 'b'] : []), { saved });

  it('leave out the copy of the token embedding in the head for masked tokens, as PEFT would need it stored', () => {
    const transform = ['cls.predictions.transform.dense', 'cls.predictions.transform.LayerNorm'];
    assert.deepEqual(modules('bert-tiny', 'mlm', ['cls']), transform);
    assert.deepEqual(modules('bert-tiny', 'mlm+nsp', ['bert.pooler', 'cls']), [
      'bert.pooler',
      ...transform,
      'cls.seq_relationship',
    ]);
    assert.deepEqual(modules('roberta-base', 'mlm', ['lm_head']), ['lm_head.dense', 'lm_head.layer_norm']);
    const distilled = ['vocab_transform', 'vocab_layer_norm'];
    assert.deepEqual(modules('distilbert-base', 'mlm', [...distilled, 'vocab_projector']), distilled);
  });

  it('are other heads as they are', () => {
    assert.deepEqual(modules('roberta-base', 'classify', ['classifier']), ['classifier']);
    assert.deepEqual(modulesToSave(PRESETS.gpt2, { saved: [] }), []);
  });
});
