import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { codeSamples, emoji, randomTexts } from '../../test/support/texts.ts';
import { UNCASED } from './bert-normalizer.ts';
import { countBy } from './count-words.ts';
import { bertWordCounting } from './wordpiece-count.ts';
import { explainTraining } from './wordpiece-explain.ts';
import type { WordPieceTrainingProgress } from './wordpiece-trainer.ts';
import { trainWordPiece } from './wordpiece-trainer.ts';
import type { WordPieceTokenizer } from './wordpiece.ts';

interface SlowMerge {
  readonly piece: string;
  readonly count: number;
  readonly score: number;
}

/** The words of texts, as a tokenizer whose vocabulary is all characters sees them. */
async function wordsOf(texts: string[]): Promise<string[]> {
  const { tokenizer } = await trainWordPiece({ texts, vocabSize: 1 << 12, minFrequency: Infinity });
  return texts.flatMap((text) => tokenizer.explain(text).map(({ word }) => word));
}

/** The same algorithm with nothing clever in it: every piece and pair of the corpus counted anew for every merge. */
function trainSlowly(corpus: readonly string[], merges: number, minFrequency: number): SlowMerge[] {
  let words = corpus.map((word) =>
    Array.from(word, (character, i) => (i > 0 ? `##${character}` : character)),
  );
  const codes = (piece: string): number[] => [
    piece.startsWith('##') ? 1 : 0,
    piece.replace('##', '').codePointAt(0)!,
  ];
  const base = [...new Set(words.flat())].sort((a, b) => {
    const [[formA, codeA], [formB, codeB]] = [codes(a), codes(b)];
    return formA! - formB! || codeA! - codeB!;
  });
  const idOf = new Map(base.map((piece, id) => [piece, id]));
  const learned: SlowMerge[] = [];
  while (learned.length < merges) {
    const pieces = new Map<string, number>();
    const pairs = new Map<string, number>();
    for (const word of words) {
      for (const [i, piece] of word.entries()) {
        pieces.set(piece, (pieces.get(piece) ?? 0) + 1);
        if (i > 0) pairs.set(`${word[i - 1]} ${piece}`, (pairs.get(`${word[i - 1]} ${piece}`) ?? 0) + 1);
      }
    }
    const best = [...pairs]
      .filter(([, count]) => count >= minFrequency)
      .map(([pair, count]) => {
        const [left, right] = pair.split(' ') as [string, string];
        return { left, right, count, score: count / (pieces.get(left)! * pieces.get(right)!) };
      })
      .sort(
        (a, b) =>
          b.score - a.score ||
          b.count - a.count ||
          idOf.get(a.left)! - idOf.get(b.left)! ||
          idOf.get(a.right)! - idOf.get(b.right)!,
      )[0];
    if (best === undefined) break;
    const piece = best.left + best.right.slice(2);
    idOf.set(piece, idOf.size);
    learned.push({ piece, count: best.count, score: best.score });
    words = words.map((word) => {
      const merged: string[] = [];
      for (let i = 0; i < word.length; i++) {
        const found = word[i] === best.left && word[i + 1] === best.right;
        merged.push(found ? piece : word[i]!);
        if (found) i++;
      }
      return merged;
    });
  }
  return learned;
}

describe('training a WordPiece', () => {
  it('learns the merges of a plain implementation', async () => {
    const repeats = ['aaaaaaa aaaa aa aa', 'abababab bababa ab ab', 'abcabc bcbc abc abc', '#a ##b a#b'];
    for (const texts of [repeats, emoji(), codeSamples().slice(0, 3), randomTexts(80, 3)]) {
      const words = await wordsOf(texts);
      for (const minFrequency of [1, 2, 5]) {
        const slow = trainSlowly(words, 200, minFrequency);
        const { tokenizer } = await trainWordPiece({ texts, vocabSize: 1 << 12, minFrequency: Infinity });
        const { merges } = await trainWordPiece({
          texts,
          vocabSize: tokenizer.vocabSize + 200,
          minFrequency,
        });
        assert.ok(slow.length > 3 || minFrequency > 1);
        assert.deepEqual(
          merges.map(({ piece, count, score }) => ({ piece, count, score })),
          slow,
        );
      }
    }
  });

  it('scores a pair by how often it stands beside how often its pieces do', async () => {
    const { merges, tokenizer } = await trainWordPiece({
      texts: ['hug hug hug pug pun bun hugs'],
      vocabSize: 18,
    });
    // The pieces: h 4, p 2, b 1, ##u 7, ##g 5, ##n 2, ##s 1; the pairs: h ##u 4, p ##u 2, ##u ##g 5, ##u ##n 2.
    assert.deepEqual(merges[0], {
      left: '##u',
      right: '##g',
      piece: '##ug',
      count: 5,
      leftCount: 7,
      rightCount: 5,
      score: 5 / (7 * 5),
    });
    assert.deepEqual(
      Array.from({ length: tokenizer.vocabSize }, (_, id) => tokenizer.idToToken(id)).slice(0, 13),
      ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'b', 'h', 'p', '##g', '##n', '##s', '##u', '##ug'],
    );
    assert.deepEqual(
      explainTraining(merges, 'hugs', tokenizer.model).map(({ rank, pieces }) => [rank, ...pieces]),
      [
        [0, 'h', '##ug', '##s'],
        [merges.findIndex(({ piece }) => piece === 'hug'), 'hug', '##s'],
      ],
    );
  });

  it('does not let a pair that is seen once win', async () => {
    const texts = ['the then they them zq'];
    const once = await trainWordPiece({ texts, vocabSize: 60, minFrequency: 1 });
    assert.equal(once.merges[0]!.piece, 'zq');
    const twice = await trainWordPiece({ texts, vocabSize: 60 });
    assert.ok(twice.merges.every(({ count }) => count >= 2));
  });

  it('learns in rounds from frequent pairs to rare ones', async () => {
    const texts = codeSamples();
    const { merges } = await trainWordPiece({ texts, vocabSize: 2000, startFrequency: 64 });
    const round = (count: number): number => Math.min(64, 2 ** Math.floor(Math.log2(count)));
    const rounds = merges.map(({ count }) => round(count));
    assert.equal(rounds[0], 64);
    assert.equal(Math.min(...rounds), 2);
    // A merge of an earlier round may only make pairs of that round or a later one.
    for (const [i, now] of rounds.entries()) assert.ok(i === 0 || now <= Math.max(...rounds.slice(0, i)));
    const inOne = await trainWordPiece({ texts, vocabSize: 800 });
    const tokens = (tokenizer: WordPieceTokenizer): number => tokenizer.encode(texts.join('\n')).length;
    const inRounds = await trainWordPiece({ texts, vocabSize: 800, startFrequency: 64 });
    assert.ok(
      tokens(inRounds.tokenizer) < tokens(inOne.tokenizer),
      'common words are spelled in fewer pieces',
    );
  });

  it('spells every word of its corpus but those of characters beyond the limit', async () => {
    const texts = codeSamples();
    const { tokenizer } = await trainWordPiece({ texts, vocabSize: 2000 });
    const unknown = tokenizer.tokenToId('[UNK]')!;
    for (const text of texts) assert.ok(!tokenizer.encode(text).includes(unknown));
    const few = await trainWordPiece({ texts: ['aaa bbb cc aab'], vocabSize: 20, alphabetLimit: 2 });
    assert.equal(few.tokenizer.tokenToId('c'), undefined);
    assert.deepEqual(
      Array.from(few.tokenizer.encode('aaa cc'), (id) => few.tokenizer.idToToken(id)).slice(-1),
      ['[UNK]'],
    );
  });

  it('gives ids 0 to 4 to the special tokens', async () => {
    const { tokenizer, warning } = await trainWordPiece({ texts: codeSamples(), vocabSize: 600 });
    assert.equal(tokenizer.vocabSize, 600);
    assert.equal(warning, undefined);
    assert.deepEqual(
      [...tokenizer.specialTokens],
      ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'].map((token, id) => [token, id]),
    );
  });

  it('does not depend on the number of threads', async () => {
    const texts = Array.from({ length: 6 }, (_, i) => codeSamples().slice(i).join('\n'));
    const counting = bertWordCounting(UNCASED);
    const sorted = async (options: object): Promise<unknown> => {
      const { text, ends, counts } = await countBy(counting, texts, options);
      const words = Array.from(ends, (end, i) => [text.slice(i === 0 ? 0 : ends[i - 1], end), counts[i]]);
      return words.sort(([a], [b]) => (a! < b! ? -1 : 1));
    };
    const here = await sorted({});
    for (const threads of [1, 3]) assert.deepEqual(await sorted({ threads, batch: 1 << 12 }), here);
    const large = Array.from({ length: 80 }, (_, i) => texts[i % texts.length]!.repeat(10));
    assert.ok(large.join('').length > 1 << 22, 'more than one batch');
    const [one, two] = await Promise.all(
      [1, 2].map(async (threads) => (await trainWordPiece({ texts: large, vocabSize: 700, threads })).merges),
    );
    assert.deepEqual(one, two);
  });

  it('reports its progress', async () => {
    const seen: WordPieceTrainingProgress[] = [];
    const texts = codeSamples();
    const { merges } = await trainWordPiece({ texts, vocabSize: 700, onProgress: (now) => seen.push(now) });
    assert.deepEqual(seen[0], { phase: 'counting', characters: texts.join('').length });
    assert.deepEqual(seen.at(-1), { phase: 'merging', done: merges.length, total: merges.length });
  });

  it('stops when it is cancelled, counting or merging', async () => {
    for (const phase of ['counting', 'merging'] as const) {
      const cancel = new AbortController();
      const training = trainWordPiece({
        texts: Array.from({ length: 400 }, () => codeSamples().join('\n')),
        vocabSize: 1000,
        threads: 2,
        signal: cancel.signal,
        onProgress: (progress) => {
          if (progress.phase === phase) cancel.abort();
        },
      });
      await assert.rejects(training, { name: 'ClozeError', code: 'cancelled' });
    }
  });

  it('says what is wrong with a vocabulary size, and that there is no text', async () => {
    const train = (texts: string[], vocabSize: number, more: object = {}) =>
      trainWordPiece({ texts, vocabSize, ...more });
    await assert.rejects(train(['text'], 5), { code: 'tokenizer', message: /from 6 to 16777216, got 5/ });
    await assert.rejects(train(['text'], 300.5), { code: 'tokenizer' });
    await assert.rejects(train(['text'], 8), {
      code: 'tokenizer',
      message: /at least 9 \(5 special tokens and 4 characters.*got 8/,
    });
    await assert.rejects(train(['text'], 20, { minFrequency: 0 }), { code: 'tokenizer' });
    await assert.rejects(train(['text'], 20, { alphabetLimit: 0 }), { code: 'tokenizer' });
    const { tokenizer, warning } = await train(['text'], 5000);
    assert.equal(tokenizer.vocabSize, 9);
    assert.match(warning!, /fills a vocabulary of 9, not 5000: no other pair of pieces is seen 2 times/);
    for (const texts of [[], ['', ' \n']]) await assert.rejects(train(texts, 300), { code: 'data' });
  });
});
