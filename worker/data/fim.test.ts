import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Random } from '../base/random.ts';
import { ClozeError } from '../base/errors.ts';
import { SPECIAL } from '../tokenizers/tokenizer.ts';
import { BatchSource } from './batches.ts';
import type { FimOptions } from './fim.ts';
import { applyFim, fimOptions } from './fim.ts';
import { byteTokenizer, range, sequenceOf } from './test-support.ts';

const END = 900;
const fim: FimOptions = { rate: 1, spmRate: 0.5, prefix: 901, middle: 902, suffix: 903 };

interface Undone {
  readonly form: 'plain' | 'psm' | 'spm';
  readonly text: readonly number[];
  readonly prefix: number;
}

/** A piece without its separator, back in the order of the document. */
function undo(piece: readonly number[]): Undone {
  if (piece[0] !== fim.prefix) return { form: 'plain', text: piece, prefix: 0 };
  const suffixAt = piece.indexOf(fim.suffix);
  const middleAt = piece.indexOf(fim.middle);
  const prefix = piece.slice(1, suffixAt);
  const suffix = piece.slice(suffixAt + 1, middleAt);
  const middle = piece.slice(middleAt + 1); // in SPM, prefix and middle
  const form = suffixAt === 1 && middle.length > 0 ? 'spm' : 'psm';
  return { form, text: [...prefix, ...middle, ...suffix], prefix: prefix.length };
}

function rewritten(window: readonly number[], documents: number[][], seed: number, options = fim): number[] {
  const ids = Int32Array.from(window);
  applyFim(ids, 0, sequenceOf(documents, END), options, new Random(seed, 'test'));
  return [...ids];
}

describe('applyFim', () => {
  it('undone, PSM and SPM give the text back, cut at the end only', () => {
    const document = range(1, 60);
    for (let seed = 0; seed < 500; seed++) {
      const window = rewritten(document.slice(0, 40), [document], seed);
      assert.equal(window.length, 40);
      assert.equal(window.at(-1), END); // says where the middle ends
      assert.deepEqual(undo(window.slice(0, -1)).text, range(1, 36));
    }
  });

  it('rewrites each document of a window by itself', () => {
    const documents = [
      [...range(1, 20), END],
      [5, END],
      [...range(100, 30), END],
      [...range(300, 50), END],
    ];
    const stream = documents.flat();
    for (let seed = 0; seed < 500; seed++) {
      const window = rewritten(stream.slice(0, 80), documents, seed);
      const pieces: number[][] = [[]];
      for (const id of window) {
        if (id === END) pieces.push([]);
        else pieces.at(-1)!.push(id);
      }
      const texts = pieces.map((piece) => undo(piece).text);
      assert.deepEqual(texts.slice(0, 3), [range(1, 20), [5], range(100, 30)]);
      const rest = texts[3]!; // the last is cut: 80 tokens - 54 of the others - 2 x 3 sentinels - its own 4
      assert.deepEqual(rest, range(300, 16));
    }
  });

  it('begins in the middle of a document as well, and needs no separator', () => {
    const document = range(0, 100);
    const window = Int32Array.from(document.slice(30, 60));
    applyFim(window, 30, sequenceOf([document]), fim, new Random(4, 'test'));
    assert.deepEqual(undo([...window]).text, range(30, 27));
  });

  it('keeps the token that goes before every text in front of a document, and needs none', () => {
    const BOS = 899;
    const documents = [
      [BOS, ...range(1, 20), END],
      [BOS, ...range(100, 40), END],
    ];
    const stream = documents.flat();
    const options = { ...fim, bos: BOS };
    for (let seed = 0; seed < 200; seed++) {
      const window = rewritten(stream.slice(0, 60), documents, seed, options);
      const second = window.indexOf(BOS, 1);
      assert.deepEqual([window[0], window[second - 1], window.length], [BOS, END, 60]);
      assert.deepEqual(undo(window.slice(1, second - 1)).text, range(1, 20));
      assert.deepEqual(undo(window.slice(second + 1, -1)).text, range(100, 30)); // the rest is pushed out
      const later = Int32Array.from(stream.slice(5, 60)); // begins inside of the first
      applyFim(later, 5, sequenceOf(documents, END), options, new Random(seed, 'test'));
      assert.equal(later[0], fim.prefix);
    }
  });

  it('leaves windows that are too small for it alone', () => {
    for (const window of [[], [1], range(1, 6)])
      assert.deepEqual(rewritten(window, [range(1, 9)], 1), window);
  });

  it('keeps to its rates', () => {
    const counts = { plain: 0, psm: 0, spm: 0 };
    const options = { ...fim, rate: 0.6, spmRate: 0.25 };
    const firstCuts = new Int32Array(10);
    for (let seed = 0; seed < 4000; seed++) {
      const piece = undo(rewritten(range(1, 104), [range(1, 104)], seed, options).slice(0, -1));
      counts[piece.form]++;
      if (piece.form === 'psm') firstCuts[Math.min(9, Math.floor(piece.prefix / 10))]!++;
    }
    const expected = { plain: 1600, psm: 1800, spm: 600 };
    const chiSquare = (['plain', 'psm', 'spm'] as const).reduce(
      (sum, form) => sum + (counts[form] - expected[form]) ** 2 / expected[form],
      0,
    );
    assert.ok(chiSquare < 13.8, `${JSON.stringify(counts)}, ${chiSquare} with 2 degrees of freedom`); // p = 0.001
    // the smaller of two uniform cuts: its density falls linearly
    const psm = firstCuts.reduce((a, b) => a + b);
    const cutsChiSquare = firstCuts.reduce((sum, count, i) => {
      const share = psm * ((1 - i / 10) ** 2 - (1 - (i + 1) / 10) ** 2);
      return sum + (count - share) ** 2 / share;
    }, 0);
    assert.ok(cutsChiSquare < 35, `${[...firstCuts].join(' ')}, ${cutsChiSquare} with 9 degrees of freedom`);
  });
});

describe('fill-in-the-middle in batches', () => {
  it('is a pure function of the step, and rate 0 is none', () => {
    const tokens = sequenceOf(
      [
        [...range(0, 300), END],
        [...range(300, 300), END],
      ],
      END,
    );
    const options = { batch: 4, context: 32, seed: 1 };
    const source = new BatchSource(tokens, { ...options, fim: { ...fim, rate: 0.5 } });
    const batches = range(0, 20).map((step) => source.at(step));
    assert.deepEqual(new BatchSource(tokens, { ...options, fim: { ...fim, rate: 0.5 } }).at(13), batches[13]);
    const plain = new BatchSource(tokens, options);
    assert.deepEqual(new BatchSource(tokens, { ...options, fim: { ...fim, rate: 0 } }).at(3), plain.at(3));
    assert.notDeepEqual(batches[3], plain.at(3));
    const changed = batches.flatMap(({ inputs }) =>
      range(0, 4).filter((row) => inputs[row * 32] === fim.prefix),
    );
    assert.ok(changed.length > 20 && changed.length < 60, `${changed.length} of 80`);
    for (const { inputs, targets } of batches) {
      for (let i = 0; i < inputs.length; i++) if (i % 32 < 31) assert.equal(targets[i], inputs[i + 1]);
    }
  });

  it('takes the sentinels of the tokenizer', () => {
    const tokenizer = byteTokenizer([SPECIAL.fimPrefix, SPECIAL.fimMiddle, SPECIAL.fimSuffix]);
    const expected = { rate: 0.5, spmRate: 0.1, prefix: 256, middle: 257, suffix: 258 };
    assert.deepEqual(fimOptions(tokenizer, 0.5, 0.1), { ...expected, bos: undefined });
    assert.equal(fimOptions({ ...tokenizer, bosId: 9 }, 0.5, 0.1).bos, 9);
    assert.throws(
      () => fimOptions(byteTokenizer(), 0.5, 0.5),
      (error) => error instanceof ClozeError && error.code === 'tokenizer',
    );
  });
});
