import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { entitiesOf } from './entities.ts';
import { tag, wordWindows } from './tag.ts';
import { robertaBytes, scriptedModel, smallEncoder, wordPieces } from './test-support.ts';
import { splitWords } from './words.ts';

const labels = ['O', 'B-PER', 'I-PER', 'B-LOC'];
const LABEL_OF: Readonly<Record<string, string>> = { ada: 'B-PER', love: 'I-PER', london: 'B-LOC' };
const pieces = wordPieces(['ada', 'love', '##lace', 'london', 'lived', 'in', '.', 'é'], 60);

/** A tagger that knows some first pieces, and takes every later piece for a place. */
const tagger = () =>
  scriptedModel(smallEncoder('tag', { labels }), pieces, ({ ids }) => {
    const logits = new Float32Array(ids.length * labels.length);
    for (const [at, id] of ids.entries()) {
      const token = pieces.idToToken(id)!;
      const label = token.startsWith('##') ? 'B-LOC' : (LABEL_OF[token] ?? 'O');
      logits[at * labels.length + labels.indexOf(label)] = 4;
    }
    return { logits };
  });

describe('tag', () => {
  it('finds entities with their places, each word by its first piece', async () => {
    const text = '«Ada  Lovelace» lived in LONDON.';
    const { entities, words } = await tag(tagger().model, text);
    const share = Math.exp(4) / (Math.exp(4) + 3);
    assert.deepEqual(
      entities.map(({ label, start, end }) => [label, text.slice(start, end)]),
      [
        ['PER', 'Ada  Lovelace'],
        ['LOC', 'LONDON'],
      ],
    );
    for (const { text: named, start, end, probability } of entities) {
      assert.equal(named, text.slice(start, end));
      assert.ok(Math.abs(probability - share) < 1e-6);
    }
    assert.deepEqual(
      words.map(({ start, end, label }) => [text.slice(start, end), label]),
      [
        ['«', 'O'],
        ['Ada', 'B-PER'],
        ['Lovelace', 'I-PER'],
        ['»', 'O'],
        ['lived', 'O'],
        ['in', 'O'],
        ['LONDON', 'B-LOC'],
        ['.', 'O'],
      ],
    );
  });

  it('takes words as they are given', async () => {
    const { entities } = await tag(tagger().model, ['in', 'Ada', 'Lovelace']);
    assert.deepEqual(
      entities.map(({ start, end, text }) => [start, end, text]),
      [[3, 15, 'Ada Lovelace']],
    );
  });

  it('reads a text that is too long in windows, and finds every name once', async () => {
    const { model, asked } = tagger();
    const text = 'lived in London . '.repeat(30);
    const { entities, words } = await tag(model, text);
    assert.equal(entities.length, 30);
    assert.ok(entities.every((entity) => text.slice(entity.start, entity.end) === 'London'));
    assert.equal(words.length, 120);
    assert.ok(asked.length > 8);
    assert.ok(asked.every(({ input }) => input.ids.length <= 16));
  });

  it('takes the label of each word from the window that shows most around it', async () => {
    const { model } = scriptedModel(smallEncoder('tag', { labels }), pieces, ({ ids }) => {
      const logits = new Float32Array(ids.length * labels.length);
      for (const at of ids.keys()) {
        const isEdge = at <= 1 || at >= ids.length - 2;
        logits[at * labels.length + labels.indexOf(isEdge ? 'B-LOC' : 'O')] = 4;
      }
      return { logits };
    });
    const { words } = await tag(model, 'in '.repeat(50));
    const edges = words.flatMap(({ label }, i) => (label === 'O' ? [] : [i]));
    assert.deepEqual(edges, [0, 49]);
  });

  it('shows byte-level vocabularies the blank before each word', async () => {
    const tokenizer = robertaBytes([['Ġ', 'a']]);
    const config = smallEncoder('tag', { labels, layout: 'roberta', segments: 1 });
    const { model, asked } = scriptedModel(config, tokenizer, ({ ids }) => ({
      logits: new Float32Array(ids.length * labels.length),
    }));
    await tag(model, 'a,a');
    assert.deepEqual(
      Array.from(asked[0]!.input.ids, (id) => tokenizer.idToToken(id)),
      ['<s>', 'Ġa', 'Ġ', ',', 'Ġa', '</s>'],
    );
  });

  it('refuses an empty text, and a model without the head for it', async () => {
    await assert.rejects(tag(tagger().model, ' \n'), { code: 'usage', message: /expected a text to tag/ });
    await assert.rejects(tag(scriptedModel(smallEncoder('mlm'), pieces, () => ({})).model, 'Ada'), {
      code: 'model',
      hint: /this one is for cloze fill-mask/,
    });
  });
});

describe('wordWindows', () => {
  it('hold whole words, overlap, and cover all', () => {
    assert.deepEqual(wordWindows([1, 1, 1], 10), [{ from: 0, to: 3 }]);
    assert.deepEqual(wordWindows([2, 2, 2, 2, 2], 4), [
      { from: 0, to: 2 },
      { from: 1, to: 3 },
      { from: 2, to: 4 },
      { from: 3, to: 5 },
    ]);
    assert.deepEqual(wordWindows([1, 9, 1], 4), [
      { from: 0, to: 1 },
      { from: 1, to: 2 },
      { from: 2, to: 3 },
    ]);
  });
});

describe('splitWords', () => {
  it('parts at white space and punctuation, and takes ideographs one by one', () => {
    const text = ' Zoë’s “co-op”\t東京 x😀';
    const words = splitWords(text);
    assert.deepEqual(
      words.map((word) => word.text),
      ['Zoë', '’', 's', '“', 'co', '-', 'op', '”', '東', '京', 'x😀'],
    );
    for (const { text: word, start, end } of words) assert.equal(text.slice(start, end), word);
    assert.deepEqual(splitWords(' \n'), []);
  });
});

describe('entitiesOf', () => {
  /** Each character of `text` is a word; labels in order. */
  const found = (tags: readonly string[]): string[] =>
    entitiesOf(
      tags.map((label, i) => ({ start: i, end: i + 1, label, probability: 0.5 })),
      'abcdefghij',
    ).map(({ label, text }) => `${label}:${text}`);

  it('reads BIO as seqeval does by default', () => {
    assert.deepEqual(found(['B-X', 'I-X', 'O', 'I-X', 'I-Y', 'B-Y']), ['X:ab', 'X:d', 'Y:e', 'Y:f']);
  });

  it('reads BIOES and BILOU', () => {
    assert.deepEqual(found(['B-X', 'I-X', 'E-X', 'I-X', 'S-X', 'S-X']), ['X:abc', 'X:d', 'X:e', 'X:f']);
    assert.deepEqual(found(['B-X', 'L-X', 'U-X', 'O']), ['X:ab', 'X:c']);
  });

  it('joins like labels that say nothing of begin and end', () => {
    assert.deepEqual(found(['NOUN', 'NOUN', 'VERB', 'O', 'NOUN']), ['NOUN:ab', 'VERB:c', 'NOUN:e']);
  });
});
