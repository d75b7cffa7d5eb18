import assert from 'node:assert/strict';
import {
  closeSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { describe, it } from 'node:test';
import { ClozeError } from '../base/errors.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { SPECIAL } from '../tokenizers/tokenizer.ts';
import { BatchSource } from './batches.ts';
import type { Corpus, EncodeOptions } from './corpus.ts';
import { encodeCorpus, encodeParts } from './corpus.ts';
import type { CollectOptions } from './documents.ts';
import { collectDocuments } from './documents.ts';
import { evaluationBatches } from './evaluation.ts';
import { wholePart } from './split.ts';
import { allTokens, byteTokenizer, folderWith } from './test-support.ts';
import { TokenFile } from './token-file.ts';

/** A tokenizer that counts how often it is asked. */
function counting(tokenizer: Tokenizer) {
  const calls = { count: 0 };
  const encode = (text: string) => {
    calls.count++;
    return tokenizer.encode(text);
  };
  return { tokenizer: { ...tokenizer, encode }, calls };
}

function closeAfter(t: TestContext, { train, validation }: Pick<Corpus, 'train' | 'validation'>): void {
  t.after(() => {
    train.close();
    validation.close();
  });
}

const code = (wanted: string, message: RegExp) => (error: unknown) =>
  error instanceof ClozeError && error.code === wanted && message.test(error.message);

describe('encodeParts', () => {
  const special = [SPECIAL.endOfText];

  it('begins each document, and no later part of one, with the token that the tokenizer puts before texts', async (t) => {
    const folder = folderWith(t, { 'a.txt': 'héllo', 'b.txt': 'b' });
    const { documents } = await collectDocuments({ paths: [join(folder, 'a.txt'), join(folder, 'b.txt')] });
    const plain = byteTokenizer([], 257);
    const parts = [
      wholePart(documents[0]!),
      wholePart(documents[1]!),
      { document: documents[0]!, start: 3, end: 5 },
    ];
    const encoded = async (tokenizer: Tokenizer) => {
      const options = { tokenizer, tokenizerHash: 'h', cacheFolder: join(folder, 'cache') };
      const file = await encodeParts(parts, options);
      t.after(() => file.close());
      return file;
    };
    const [a, b, rest] = ['héllo', 'b', 'lo'].map((text) => [...plain.encode(text)]);
    assert.deepEqual(allTokens(await encoded(plain)), [...a!, ...b!, ...rest!]);
    const begun = await encoded({ ...plain, bosId: 256 }); // not the file of the other
    assert.deepEqual(allTokens(begun), [256, ...a!, 256, ...b!, ...rest!]);
    assert.deepEqual([...begun.documentStarts], [0, 7, 9, 11]);
  });

  it('ends each document with the token that the tokenizer names, once where the next begins with it too', async (t) => {
    const folder = folderWith(t, { 'a.txt': 'héllo', 'b.txt': 'b' });
    const { documents } = await collectDocuments({ paths: [join(folder, 'a.txt'), join(folder, 'b.txt')] });
    const [document, other] = [documents[0]!, documents[1]!];
    const parts = [wholePart(document), wholePart(other), { document, start: 0, end: 3 }, wholePart(other)];
    const plain = byteTokenizer([], 258);
    const [a, b, beginning] = ['héllo', 'b', 'hél'].map((text) => [...plain.encode(text)]);
    const encoded = async (bosId: number, eosId: number) => {
      const tokenizer = { ...plain, bosId, eosId };
      const options = { tokenizer, tokenizerHash: 'h', cacheFolder: join(folder, 'cache') };
      const file = await encodeParts(parts, options);
      t.after(() => file.close());
      assert.equal(file.separator, eosId);
      return allTokens(file);
    };
    assert.deepEqual(await encoded(256, 257), [
      ...[256, ...a!, 257, 256, ...b!, 257],
      ...[256, ...beginning!, 256, ...b!, 257],
    ]);
    assert.deepEqual(await encoded(257, 257), [257, ...a!, 257, ...b!, 257, ...beginning!, 257, ...b!, 257]);
  });

  it('writes ids with a separator after each document, in 16 or 32 bits', async (t) => {
    const folder = folderWith(t, { 'src/a.txt': 'héllo', 'src/b.txt': 'b' });
    const { documents } = await collectDocuments({ paths: [join(folder, 'src')] });
    for (const [vocabSize, bytes] of [
      [257, 2],
      [65_536, 2],
      [65_537, 4],
      [3_000_000, 4],
    ] as const) {
      const tokenizer = byteTokenizer(special, vocabSize);
      const options = { tokenizer, tokenizerHash: 'h', cacheFolder: join(folder, 'cache') };
      const file = await encodeParts(documents.map(wholePart), options);
      t.after(() => file.close());
      const end = vocabSize - 1;
      assert.deepEqual(allTokens(file), [...tokenizer.encode('héllo'), end, ...tokenizer.encode('b'), end]);
      assert.deepEqual([...file.documentStarts], [0, 7, 9]);
      assert.equal(file.separator, end);
      assert.equal(statSync(file.path).size, 9 * bytes + 3 * 8 + 40);
      const middle = Int32Array.of(-5, -5, -5, -5);
      file.read(6, 2, middle, 1);
      assert.deepEqual([...middle], [-5, end, tokenizer.encode('b')[0], -5]);
      assert.throws(() => file.read(8, 2, middle), RangeError);
    }
  });

  it('uses the cache for the same text and tokenizer only', async (t) => {
    const folder = folderWith(t, { 'src/a.txt': 'one', 'src/b.txt': 'two' });
    const cacheFolder = join(folder, 'cache');
    const { tokenizer, calls } = counting(byteTokenizer());
    const encode = async (tokenizerHash: string) => {
      const { documents } = await collectDocuments({ paths: [join(folder, 'src')] });
      const file = await encodeParts(documents.map(wholePart), { tokenizer, tokenizerHash, cacheFolder });
      file.close();
      return calls.count;
    };
    assert.equal(await encode('A'), 2);
    assert.equal(await encode('A'), 2);
    assert.equal(await encode('B'), 4);
    writeFileSync(join(folder, 'src/b.txt'), 'owt');
    assert.equal(await encode('A'), 6);
    assert.equal(readdirSync(cacheFolder).length, 3);
  });

  it('makes a damaged file anew, whatever the damage', async (t) => {
    const folder = folderWith(t, { 'a.txt': 'some text to encode' });
    const { documents } = await collectDocuments({ paths: [join(folder, 'a.txt')] });
    const { tokenizer, calls } = counting(byteTokenizer());
    const options = { tokenizer, tokenizerHash: 'h', cacheFolder: join(folder, 'cache') };
    const encode = async () => {
      const file = await encodeParts(documents.map(wholePart), options);
      file.close();
      return file.path;
    };
    const path = await encode();
    const whole = readFileSync(path);
    for (const length of [0, 10, 39, whole.byteLength - 1]) {
      const fd = openSync(path, 'r+');
      ftruncateSync(fd, length);
      closeSync(fd);
      assert.throws(() => TokenFile.open(path), code('data', /is not a whole token file/));
      const before = calls.count;
      await encode();
      assert.equal(calls.count, before + 1);
      assert.deepEqual(readFileSync(path), whole);
    }
    for (let at = 0; at < whole.byteLength; at++) {
      const fd = openSync(path, 'r+');
      writeSync(fd, Uint8Array.of(whole[at]! ^ 0x10), 0, 1, at);
      closeSync(fd);
      assert.throws(() => TokenFile.open(path), code('data', /is not a whole token file/), `byte ${at}`);
      writeFileSync(path, whole);
    }
    writeFileSync(path, Buffer.concat([whole, Buffer.of(0)]));
    assert.throws(() => TokenFile.open(path), code('data', /footer is missing/));
  });

  it('leaves nothing behind when it fails or is cancelled', async (t) => {
    const folder = folderWith(t, { 'a.txt': 'x'.repeat(100), 'b.txt': 'y' });
    const cacheFolder = join(folder, 'cache');
    const paths = ['a.txt', 'b.txt'].map((name) => join(folder, name));
    const { documents } = await collectDocuments({ paths });
    const failing = (encode: Tokenizer['encode']) =>
      encodeParts(documents.map(wholePart), {
        tokenizer: { ...byteTokenizer(), encode },
        tokenizerHash: 'h',
        cacheFolder,
        signal: controller.signal,
      });
    const controller = new AbortController();
    await assert.rejects(
      failing(() => Int32Array.of(1, 300)),
      code('tokenizer', /a\.txt: expected token ids below 256, got 300/),
    );
    await assert.rejects(
      failing((text) => {
        controller.abort();
        const until = performance.now() + 60;
        while (performance.now() < until); // a slow piece: the next breath is due
        return byteTokenizer().encode(text);
      }),
      code('cancelled', /cancelled/),
    );
    assert.deepEqual(readdirSync(cacheFolder), []);
    await assert.rejects(
      encodeParts(documents.map(wholePart), {
        tokenizer: byteTokenizer(),
        tokenizerHash: 'h',
        cacheFolder: join(folder, 'a.txt'),
      }),
      code('disk', /cannot write .*a\.txt/),
    );
  });
});

/** Collects, splits and encodes. */
async function prepared(options: CollectOptions & EncodeOptions): Promise<Corpus> {
  return encodeCorpus(await collectDocuments(options), { ...options, seed: 1, validationFraction: 0.1 });
}

describe('encodeCorpus', () => {
  it('gives both sides and a report', async (t) => {
    const texts = Array.from(
      { length: 20 },
      (_, i) => [`src/${i}.txt`, `text number ${i} `.repeat(5)] as const,
    );
    const folder = folderWith(t, { ...Object.fromEntries(texts), 'src/x.lock': 'x' });
    const progress: string[] = [];
    const corpus = await prepared({
      paths: [join(folder, 'src')],
      tokenizer: byteTokenizer([SPECIAL.endOfText]),
      tokenizerHash: 'h',
      cacheFolder: join(folder, 'cache'),
      onProgress: ({ phase, files, bytes, totalBytes }) =>
        progress.push(`${phase} ${files} ${bytes} ${totalBytes}`),
    });
    closeAfter(t, corpus);
    const bytes = texts.reduce((sum, [, text]) => sum + text.length, 0);
    assert.deepEqual(corpus.report, { files: 20, bytes, tokens: bytes + 20, leftOut: { lock: 1 } });
    assert.deepEqual([corpus.train.documents, corpus.validation.documents], [18, 2]);
    assert.equal(progress.at(-1), `encode 20 ${bytes} ${bytes}`);
  });

  it('splits one file by position, with no separator inside it', async (t) => {
    const text = 'To be, or not to be: '.repeat(50);
    const folder = folderWith(t, { 'corpus.txt': text });
    const { train, validation } = await prepared({
      paths: [join(folder, 'corpus.txt')],
      tokenizer: byteTokenizer(),
      tokenizerHash: 'h',
      cacheFolder: folder,
    });
    closeAfter(t, { train, validation });
    const cut = Math.floor(text.length * 0.9);
    assert.deepEqual(Buffer.from(allTokens(train)).toString(), text.slice(0, cut));
    assert.deepEqual(Buffer.from(allTokens(validation)).toString(), text.slice(cut));
  });

  it('refuses a corpus with nothing to predict', async (t) => {
    const folder = folderWith(t, { 'corpus.txt': 'abc' });
    const options = { tokenizer: byteTokenizer(), tokenizerHash: 'h', cacheFolder: folder };
    await assert.rejects(
      prepared({ paths: [join(folder, 'corpus.txt')], ...options }),
      code('data', /validation data needs at least 2 tokens, got 1 \(1 characters in 1 files\)/),
    );
  });

  it('takes 60 MB in bounded memory', { timeout: 60_000 }, async (t) => {
    const line = (i: number) => `const value${i} = compute(${i}, 'some text'); // ${i * 7}\n`;
    const block = (i: number) => Array.from({ length: 20_000 }, (_, j) => line(i * 20_000 + j)).join('');
    const folder = folderWith(t, { 'src/README': 'a folder of 40 files beside one large file' });
    for (let i = 0; i < 40; i++) writeFileSync(join(folder, `src/${i}.ts`), block(i));
    const large = join(folder, 'large.txt');
    for (let i = 0; i < 15; i++) writeFileSync(large, block(100 + i), { flag: 'a' });

    const before = process.memoryUsage();
    let rss = 0;
    let buffers = 0;
    const watch = () => {
      const now = process.memoryUsage();
      rss = Math.max(rss, now.rss - before.rss);
      buffers = Math.max(buffers, now.arrayBuffers - before.arrayBuffers);
    };
    const start = performance.now();
    const { train, validation, report } = await prepared({
      paths: [join(folder, 'src'), large],
      maxFileBytes: 4 << 20,
      tokenizer: byteTokenizer([SPECIAL.endOfText]),
      tokenizerHash: 'h',
      cacheFolder: join(folder, 'cache'),
      onProgress: watch,
    });
    closeAfter(t, { train, validation });
    const source = new BatchSource(train, { batch: 16, context: 256, seed: 1 });
    for (let step = 0; step < 200; step++) source.at(step);
    const evaluated = [...evaluationBatches(validation, { batch: 16, context: 256, batches: 200 })];
    watch();
    const ms = performance.now() - start;
    t.diagnostic(
      `${report.bytes} bytes, ${Math.round(ms)} ms, rss +${rss >> 20} MB, buffers +${buffers >> 20} MB`,
    );
    assert.equal(evaluated.length, 200);
    assert.ok(report.bytes > 60e6);
    assert.equal(report.tokens, report.bytes + report.files);
    assert.ok(buffers < 100e6, `array buffers grew by ${buffers}`); // all tokens as Int32Array: 240 MB; what is collected late counts
    assert.ok(rss < 200e6, `rss grew by ${rss}`);
  });
});
