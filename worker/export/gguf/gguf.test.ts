import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { smallConfig, testTokenizer, tokenizerWithBos } from '../../generation/test-support.ts';
import { type BertConfig, BertConfigSchema, type GptConfig } from '../../models/config.ts';
import { UNCASED } from '../../tokenizers/bert-normalizer.ts';
import { CharTokenizer } from '../../tokenizers/char.ts';
import { BERT_MODEL } from '../../tokenizers/wordpiece-model.ts';
import { WordPieceTokenizer } from '../../tokenizers/wordpiece.ts';
import { architectureMetadata, requireGguf } from './architecture.ts';
import { ggufTensors } from './tensors.ts';
import { vocabularyMetadata } from './vocabulary.ts';

const OPTIONS = { size: 270, specialIds: {}, fillsIn: false };

describe('what GGUF files are written of', () => {
  const encoder = { vocab: 20, context: 8, layers: 1, width: 8, heads: 2, feedForward: 16 };
  const REFUSED: Readonly<Record<string, readonly [GptConfig | BertConfig, RegExp]>> = {
    'an encoder': [BertConfigSchema.parse(encoder), /encoder/],
    'GPT-1': [smallConfig({ layout: 'openai-gpt', normPlacement: 'post' }), /no openai-gpt/],
    'norms after the residual sums': [smallConfig({ normPlacement: 'post' }), /gpt2 has no such norm/],
    'the exact GELU': [smallConfig({ activation: 'gelu' }), /tanh approximation/],
    'rotary positions in a GPT-2': [smallConfig({ positions: 'rotary' }), /positions/],
  };
  for (const [what, [config, message]] of Object.entries(REFUSED)) {
    it(`is not ${what}`, () => {
      assert.throws(() => requireGguf(config), { code: 'model', message });
    });
  }

  it("says sizes under llama.cpp's name for the family", () => {
    const config = smallConfig({ layout: 'gpt_bigcode', kvHeads: 1 });
    const metadata = architectureMetadata(requireGguf(config));
    assert.equal(metadata.get('general.architecture'), 'starcoder');
    assert.deepEqual(metadata.get('starcoder.attention.head_count_kv'), Uint32Array.of(1));
    assert.deepEqual(metadata.get('starcoder.attention.layer_norm_epsilon'), Float32Array.of(1e-5));
  });
});

describe('the tensors of a GGUF file', () => {
  const weights = { shapes: new Map(), read: () => new Float32Array(), chunks: () => [] };

  it('have the experts of a layer together, beside a router that is not rounded', () => {
    const shape = { width: 64, headWidth: 32, feedForward: 96, layers: 1, experts: 3 } as const;
    const llama = { norm: 'rmsnorm', positions: 'rotary', activation: 'swiglu', bias: 'none' } as const;
    const config = requireGguf(smallConfig({ ...shape, ...llama, layout: 'mixtral' }));
    const metadata = architectureMetadata(config);
    assert.equal(metadata.get('general.architecture'), 'llama');
    assert.deepEqual(metadata.get('llama.expert_count'), Uint32Array.of(3));
    assert.deepEqual(metadata.get('llama.expert_used_count'), Uint32Array.of(2));
    const tensors = ggufTensors(config, weights, 'q4_0').filter(({ name }) => name.startsWith('blk.0.ffn_'));
    assert.deepEqual(
      tensors.map(({ name, shape, type }) => [name, shape, type]),
      [
        ['blk.0.ffn_norm.weight', [64], 'f32'],
        ['blk.0.ffn_gate_inp.weight', [3, 64], 'f32'],
        ['blk.0.ffn_gate_exps.weight', [3, 96, 64], 'q4_0'],
        ['blk.0.ffn_down_exps.weight', [3, 64, 96], 'q4_0'],
        ['blk.0.ffn_up_exps.weight', [3, 96, 64], 'q4_0'],
      ],
    );
  });
});

describe('the vocabulary of a GGUF file', () => {
  it('has the tokens, what they are for, and unused ones for the rows without any', () => {
    const tokenizer = testTokenizer([['h', 'e']]);
    const metadata = vocabularyMetadata(tokenizer, OPTIONS);
    const tokens = metadata.get('tokenizer.ggml.tokens');
    const types = metadata.get('tokenizer.ggml.token_type');
    assert.ok(Array.isArray(tokens) && types instanceof Int32Array);
    assert.deepEqual([tokens.length, types.length], [270, 270]);
    assert.deepEqual([tokens[256], types[256]], ['he', 1]);
    assert.deepEqual([tokens[257], types[257]], ['<|endoftext|>', 3]);
    assert.deepEqual([tokens[269], types[269]], ['[PAD269]', 5]);
    assert.deepEqual(metadata.get('tokenizer.ggml.merges'), ['h e']);
    assert.equal(metadata.has('tokenizer.ggml.fim_pre_token_id'), false);
    const fillsIn = vocabularyMetadata(tokenizer, { ...OPTIONS, fillsIn: true });
    assert.deepEqual(fillsIn.get('tokenizer.ggml.fim_pre_token_id'), Uint32Array.of(258));
  });

  it("takes the model's own ids before the tokenizer's, and of two ends the second as the end of a turn", () => {
    const specialIds = { bos_token_id: 3, eos_token_id: [4, 5], pad_token_id: -1 };
    const metadata = vocabularyMetadata(testTokenizer(), { ...OPTIONS, specialIds });
    const ids = ['bos', 'eos', 'eot'].map((role) => metadata.get(`tokenizer.ggml.${role}_token_id`));
    assert.deepEqual(
      ids,
      [3, 4, 5].map((id) => Uint32Array.of(id)),
    );
    assert.equal(metadata.has('tokenizer.ggml.padding_token_id'), false);
    const withBos = tokenizerWithBos();
    for (const [own, bos] of [
      [{}, withBos.bosId!],
      [specialIds, 3],
    ] as const) {
      const told = vocabularyMetadata(withBos, { ...OPTIONS, specialIds: own });
      assert.deepEqual(told.get('tokenizer.ggml.bos_token_id'), Uint32Array.of(bos));
    }
  });

  it('puts the bytes of characters together by merges', () => {
    const addedTokens = [{ id: 3, content: '<|endoftext|>', special: true }];
    const vocab = new Map(['a', 'é', '€'].map((character, id) => [character, id]));
    const metadata = vocabularyMetadata(new CharTokenizer({ vocab, addedTokens }), OPTIONS);
    assert.deepEqual(metadata.get('tokenizer.ggml.merges'), ['Ã ©', 'â Ĥ', 'âĤ ¬']);
  });

  it('is not made of WordPiece, nor without a token for the end of a text', () => {
    const vocab = new Map(['[UNK]', 'a'].map((token, id) => [token, id]));
    const wordpiece = new WordPieceTokenizer({ ...BERT_MODEL, vocab, addedTokens: [], normalizer: UNCASED });
    assert.throws(() => vocabularyMetadata(wordpiece, OPTIONS), { code: 'model', message: /WordPiece/ });
    const char = new CharTokenizer({ vocab: new Map([['a', 0]]), addedTokens: [] });
    assert.throws(() => vocabularyMetadata(char, OPTIONS), { code: 'model', message: /end of a text/ });
  });
});
