import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { codeSamples, emoji, randomTexts } from '../../test/support/texts.ts';
import type { BpeTrainingProgress } from './bpe-trainer.ts';
import { trainBpe } from './bpe-trainer.ts';
import { BYTE_SYMBOLS, BYTES_BY_SYMBOL } from './byte-symbols.ts';
import { countCorpus } from './count-words.ts';
import { SPECIAL } from './tokenizer.ts';

const pattern =
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;

/** The same algorithm with nothing clever in it: every pair of the corpus counted anew for every merge. */
function trainSlowly(texts: string[], merges: number, minFrequency: number): [string, string][] {
  const tokens = BYTES_BY_SYMBOL.map((byte) => BYTE_SYMBOLS[byte]!);
  const idOf = new Map(tokens.map((token, id) => [token, id]));
  let words = texts
    .flatMap((text) => text.match(pattern) ?? [])
    .map((word) => [...Buffer.from(word)].map((byte) => idOf.get(BYTE_SYMBOLS[byte]!)!));
  const learned: [string, string][] = [];
  while (learned.length < merges) {
    const counts = new Map<string, number>();
    for (const word of words) {
      for (let i = 0; i + 1 < word.length; i++) {
        const pair = `${word[i]} ${word[i + 1]}`;
        counts.set(pair, (counts.get(pair) ?? 0) + 1);
      }
    }
    const best = [...counts]
      .map(([pair, count]) => ({ ids: pair.split(' ').map(Number), count }))
      .filter(({ count }) => count >= minFrequency)
      .sort((a, b) => b.count - a.count || a.ids[0]! - b.ids[0]! || a.ids[1]! - b.ids[1]!)[0];
    if (best === undefined) break;
    const [left, right] = [best.ids[0]!, best.ids[1]!];
    const id = tokens.push(tokens[left]! + tokens[right]!) - 1;
    idOf.set(tokens[id]!, id);
    learned.push([tokens[left]!, tokens[right]!]);
    words = words.map((word) => {
      const merged: number[] = [];
      for (let i = 0; i < word.length; i++) {
        const found = word[i] === left && word[i + 1] === right;
        merged.push(found ? id : word[i]!);
        if (found) i++;
      }
      return merged;
    });
  }
  return learned;
}

describe('training a byte-level BPE', () => {
  it('learns what Wikipedia shows for aaabdaaabac', async () => {
    const { tokenizer, warning } = await trainBpe({
      texts: ['aaabdaaabac'],
      vocabSize: 259,
      specialTokens: [],
    });
    assert.deepEqual(tokenizer.model.merges, [
      ['a', 'a'],
      ['a', 'b'],
      ['aa', 'ab'],
    ]);
    assert.equal(warning, undefined);
    assert.equal(
      [...tokenizer.encode('aaabdaaabac')].map((id) => tokenizer.idToToken(id)).join(' '),
      'aaab d aaab a c',
    );
  });

  it('learns the merges of a plain implementation', async () => {
    const repeats = ['aaaaaaa aaaa aa', '====== === =', 'abababab bababa', ' '.repeat(23), 'abcabc bcbc abc'];
    for (const texts of [repeats, emoji(), codeSamples().slice(0, 3), randomTexts(60, 3)]) {
      for (const minFrequency of [1, 2, 5]) {
        const { tokenizer } = await trainBpe({
          texts,
          vocabSize: 256 + 150,
          specialTokens: [],
          minFrequency,
        });
        assert.deepEqual(tokenizer.model.merges, trainSlowly(texts, 150, minFrequency));
      }
    }
  });

  it('encodes its corpus by the merges in the order that they were learned in', async () => {
    const { tokenizer } = await trainBpe({ texts: codeSamples(), vocabSize: 800 });
    for (const text of codeSamples()) {
      for (const { steps } of tokenizer.explain(text)) {
        const ranks = steps.map(({ rank }) => rank);
        assert.deepEqual(
          ranks,
          [...ranks].sort((a, b) => a - b),
        );
      }
    }
  });

  it('gives the last ids to the special tokens', async () => {
    const { tokenizer } = await trainBpe({ texts: codeSamples(), vocabSize: 400 });
    assert.equal(tokenizer.vocabSize, 400);
    assert.deepEqual(
      [...tokenizer.specialTokens],
      Object.values(SPECIAL).map((token, i) => [token, 395 + i]),
    );
  });

  it('does not depend on the number of threads', async () => {
    const texts = Array.from({ length: 6 }, (_, i) => codeSamples().slice(i).join('\n'));
    const counted = await Promise.all(
      [1, 3].map((threads) => countCorpus(texts, { threads, batch: 1 << 12 })),
    );
    const inThisThread = await countCorpus(texts);
    for (const counts of [...counted, inThisThread]) {
      assert.deepEqual(wordsOf(counts), wordsOf(inThisThread));
    }
    const large = Array.from({ length: 80 }, (_, i) => texts[i % texts.length]!.repeat(10));
    const merges = await Promise.all(
      [1, 2].map(
        async (threads) => (await trainBpe({ texts: large, vocabSize: 700, threads })).tokenizer.model.merges,
      ),
    );
    assert.ok(large.join('').length > 1 << 22, 'more than one batch');
    assert.deepEqual(merges[0], merges[1]);
  });

  it('reports its progress', async () => {
    const seen: BpeTrainingProgress[] = [];
    const texts = codeSamples();
    await trainBpe({
      texts,
      vocabSize: 300,
      specialTokens: [],
      onProgress: (progress) => seen.push(progress),
    });
    const characters = texts.join('').length;
    assert.deepEqual(seen[0], { phase: 'counting', characters });
    assert.deepEqual(seen.at(-1), { phase: 'merging', done: 44, total: 44 });
  });

  it('stops when it is cancelled, counting or merging', async () => {
    for (const phase of ['counting', 'merging'] as const) {
      const cancel = new AbortController();
      const training = trainBpe({
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

  it('says what is wrong with a vocabulary size', async () => {
    const train = (vocabSize: number, specialTokens?: string[]) =>
      trainBpe({ texts: ['text'], vocabSize, specialTokens });
    await assert.rejects(train(260), {
      code: 'tokenizer',
      message: /expected a whole number from 261 \(256 bytes and 5 special tokens\).*got 260/,
    });
    await assert.rejects(train(2 ** 24 + 1), { code: 'tokenizer', message: /to 16777216, got 16777217/ });
    await assert.rejects(train(300.5), { code: 'tokenizer' });
    await assert.rejects(train(300, ['<a>', '<a>']), { code: 'tokenizer', message: /got "<a>"/ });
    const { tokenizer, warning } = await train(5000, []);
    assert.equal(tokenizer.vocabSize, 256);
    assert.match(warning!, /fills a vocabulary of 256, not 5000/);
  });

  it('says that there is no text', async () => {
    await assert.rejects(trainBpe({ texts: [], vocabSize: 300 }), { code: 'data' });
    await assert.rejects(trainBpe({ texts: ['', ''], vocabSize: 300 }), { code: 'data' });
  });
});

function wordsOf(words: { text: string; ends: Int32Array; counts: Float64Array }): [string, number][] {
  return Array.from(words.ends, (end, i): [string, number] => [
    words.text.slice(i === 0 ? 0 : words.ends[i - 1]!, end),
    words.counts[i]!,
  ]).sort(([a], [b]) => (a < b ? -1 : 1));
}
