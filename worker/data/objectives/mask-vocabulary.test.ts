import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ClozeError } from '../../base/errors.ts';
import { continuesWord, maskVocabulary } from './mask-vocabulary.ts';

const vocabularyOf = (tokens: readonly string[], special: readonly string[]) => ({
  kind: 'wordpiece' as 'wordpiece' | 'bpe',
  tokenBytes: (id: number) => new TextEncoder().encode(tokens[id]),
  vocabSize: tokens.length,
  specialTokens: new Map(special.map((token) => [token, tokens.indexOf(token)])),
  idToToken: (id: number) => tokens[id],
  tokenToId: (token: string) => (tokens.includes(token) ? tokens.indexOf(token) : undefined),
});
const bert = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'un', '##able'];
const roberta = ['<s>', '<pad>', '</s>', '<unk>', 'a', '<mask>'];

describe('maskVocabulary', () => {
  it('knows the names of BERT and RoBERTa', () => {
    const { cls, sep, pad, mask, special, ordinary } = maskVocabulary(vocabularyOf(bert, bert.slice(0, 5)));
    assert.deepEqual([pad, cls, sep, mask], [0, 2, 3, 4]);
    assert.deepEqual([...special], [0, 1, 2, 3, 4]);
    assert.deepEqual([...ordinary], [5, 6]);
    const other = maskVocabulary(vocabularyOf(roberta, ['<s>', '<pad>', '</s>', '<unk>', '<mask>']));
    assert.deepEqual([other.cls, other.pad, other.sep, other.mask, [...other.ordinary]], [0, 1, 2, 5, [4]]);
  });

  it('takes neither a special token nor a gap for an ordinary one', () => {
    const tokens = [...bert, '[unused]'];
    const { ordinary } = maskVocabulary({ ...vocabularyOf(tokens, ['[PAD]', '[unused]']), vocabSize: 12 });
    assert.deepEqual([...ordinary], [5, 6]);
  });

  it('says which token is missing', () => {
    const withoutMask = vocabularyOf(
      bert.filter((token) => token !== '[MASK]'),
      bert.slice(0, 4),
    );
    assert.throws(
      () => maskVocabulary(withoutMask),
      (error) =>
        error instanceof ClozeError && error.code === 'tokenizer' && error.message.includes('without [MASK]'),
    );
  });
});

describe('continuesWord', () => {
  it('is told by the two signs before a piece', () => {
    const continues = continuesWord(vocabularyOf(bert, []));
    assert.deepEqual([5, 6, 7].map(continues), [false, true, false]);
  });

  it('is told by a letter without a blank before it where tokens bring their blanks', () => {
    const tokens = [' un', 'able', '4', 'é', '.', '##', '\n'];
    const continues = continuesWord({ ...vocabularyOf(tokens, []), kind: 'bpe' });
    assert.deepEqual(
      tokens.map((_, id) => continues(id)),
      [false, true, true, true, false, false, false],
    );
  });
});
