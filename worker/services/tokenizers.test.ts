import assert from 'node:assert/strict';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  promises,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { codeSamples } from '../../test/support/texts.ts';
import * as z from 'zod';
import {
  LONGEST_EXPLAINED_TEXT,
  startOf,
  TokenizedTextSchema,
  WordPiecesSchema,
} from '../protocol/tokenizer.ts';
import { trainBpe } from '../tokenizers/bpe-trainer.ts';
import { trainChar } from '../tokenizers/char.ts';
import { saveTokenizer } from '../tokenizers/tokenizer-files.ts';
import { TokenizerCache } from './tokenizer-cache.ts';
import { explainMerges, explainPieces, tokenize, trainTokenizer } from './tokenizers.ts';

describe('the tokenizer service', () => {
  let folder = '';
  let bpe = '';
  let char = '';
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'cloze-tokenizers-'));
    bpe = join(folder, 'bpe');
    char = join(folder, 'char');
    await saveTokenizer(bpe, (await trainBpe({ texts: codeSamples(), vocabSize: 500 })).tokenizer);
    await saveTokenizer(char, await trainChar({ texts: ['return 1;\n'] }));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('gives tokens that spell the text, each token that occurs once, and the counts', async () => {
    const text = 'return "naïve 😀";\n';
    const tokens = await tokenize({ tokenizer: bpe, text });
    assert.deepEqual(TokenizedTextSchema.parse(tokens), tokens);
    const { ids, used } = tokens;
    const bytesOf = (id: number): Uint8Array => {
      const row = used.ids.indexOf(id);
      return used.bytes.subarray(row === 0 ? 0 : used.ends[row - 1], used.ends[row]);
    };
    assert.equal(Buffer.concat(Array.from(ids, bytesOf)).toString(), text);
    assert.deepEqual(
      [...used.ids],
      [...new Set(ids)].sort((a, b) => a - b),
    );
    assert.equal(used.entries.length, used.ids.length);
    assert.equal(startOf(text, tokens, ids.length - 1), text.length - 1);
    assert.deepEqual([tokens.characters, tokens.bytes], [18, Buffer.byteLength(text)]);
  });

  it('explains merges, but not those of a character tokenizer or of a long text', async () => {
    const words = await explainMerges({ tokenizer: bpe, text: ' return' });
    assert.equal(words.length, 1);
    assert.equal(words[0]!.symbols.join(' '), 'Ġ r e t u r n');
    await assert.rejects(explainMerges({ tokenizer: char, text: 'r' }), { code: 'usage' });
    const long = 'x'.repeat(LONGEST_EXPLAINED_TEXT + 1);
    await assert.rejects(explainMerges({ tokenizer: bpe, text: long }), /4097 UTF-16 units/);
  });

  it('trains a WordPiece, and explains its pieces by matches and by the merges of training', async () => {
    const out = join(folder, 'wordpiece');
    const result = await trainTokenizer({
      paths: ['test/fixtures/code'],
      kind: 'wordpiece',
      vocabSize: 800,
      out,
    });
    assert.deepEqual([result.kind, result.vocabSize, result.warning], ['wordpiece', 800, undefined]);
    const text = ' Return [MASK]\n';
    const tokens = await tokenize({ tokenizer: out, text });
    assert.deepEqual(TokenizedTextSchema.parse(tokens), tokens);
    assert.equal(tokens.kind, 'wordpiece');
    const words = await explainPieces({ tokenizer: out, text });
    assert.deepEqual(z.array(WordPiecesSchema).parse(words), words);
    assert.deepEqual(
      words.flatMap(({ ids }) => ids),
      [...tokens.ids],
    );
    const [word] = words;
    assert.equal(word!.word, 'return');
    assert.ok(word!.merges!.length > 0);
    for (const { score, count, leftCount, rightCount } of word!.merges!) {
      assert.equal(score, count / (leftCount * rightCount));
    }
    rmSync(join(out, 'wordpiece_merges.json'));
    assert.equal((await explainPieces({ tokenizer: out, text }))[0]!.merges, undefined);
    await assert.rejects(explainMerges({ tokenizer: out, text }), {
      code: 'usage',
      message: /longest piece/,
    });
    await assert.rejects(explainPieces({ tokenizer: bpe, text }), { code: 'usage', message: /merges/ });
    await assert.rejects(explainPieces({ tokenizer: char, text }), { code: 'usage' });
  });

  it('reads a tokenizer once, and again when its file changes or has gone', async () => {
    const cache = new TokenizerCache();
    const first = await cache.load(bpe);
    assert.equal((await cache.load(bpe)).tokenizer, first.tokenizer);
    const later = new Date(Date.now() + 5000);
    utimesSync(join(bpe, 'tokenizer.json'), later, later);
    const second = await cache.load(bpe);
    assert.notEqual(second.tokenizer, first.tokenizer);
    assert.notEqual(second.version, first.version);
    rmSync(join(bpe, 'tokenizer.json'));
    await assert.rejects(cache.load(bpe), { code: 'tokenizer' });
    await assert.rejects(cache.load(join(folder, 'none')), { code: 'usage' });
  });

  it('reads the tokenizer of a run that is replaced, or was put aside, under the name of the run', async (t) => {
    const run = join(folder, 'run');
    const checkpoints = join(run, 'checkpoints');
    const [best, previous] = [join(checkpoints, 'best'), join(checkpoints, '.best.previous')];
    await saveTokenizer(best, await trainChar({ texts: ['old'] }));
    for (const name of ['config.json', 'model.safetensors']) writeFileSync(join(best, name), '{}');
    const cache = new TokenizerCache();
    const first = await cache.load(run);
    renameSync(best, previous);
    assert.deepEqual(await cache.load(run), first);

    // the writer goes on once the reader has found what was put aside
    const { readFile } = promises;
    const reading = t.mock.method(promises, 'readFile', (...args: Parameters<typeof readFile>) => {
      if (existsSync(previous)) {
        cpSync(previous, best, { recursive: true });
        rmSync(previous, { recursive: true });
      }
      return readFile(...args);
    });
    syncBuiltinESMExports();
    t.after(() => {
      reading.mock.restore();
      syncBuiltinESMExports();
    });
    const again = await new TokenizerCache().load(run);
    assert.equal(again.tokenizer.vocabSize, first.tokenizer.vocabSize);
    assert.notEqual(again.version, first.version);
    assert.ok(reading.mock.callCount() > 1);
  });

  it('forgets the tokenizer that was used least lately', async () => {
    const cache = new TokenizerCache(2);
    const folders = ['a', 'b', 'c'].map((name) => join(folder, name));
    for (const path of folders) {
      mkdirSync(path);
      await saveTokenizer(path, await trainChar({ texts: [path] }));
    }
    const load = async (index: number) => (await cache.load(folders[index]!)).tokenizer;
    const [a, b] = [await load(0), await load(1)];
    await load(0);
    await load(2);
    assert.equal(await load(0), a);
    assert.notEqual(await load(1), b);
  });
});
