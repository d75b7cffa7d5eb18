import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { codeSamples } from '../../test/support/texts.ts';
import type { TokenizerContent } from '../../webview/protocol/tokenizer.ts';
import { patched } from '../../webview/tokenizer/patched.ts';
import { TokenColumn } from '../../webview/tokenizer/token-column.ts';
import { Random } from '../../worker/base/random.ts';
import { tokenize } from '../../worker/services/tokenizers.ts';
import { trainBpe } from '../../worker/tokenizers/bpe-trainer.ts';
import { saveTokenizer } from '../../worker/tokenizers/tokenizer-files.ts';
import { patchOf } from './patch.ts';

describe('a patch', () => {
  let tokenizer = '';
  before(async () => {
    tokenizer = mkdtempSync(join(tmpdir(), 'cloze-patch-'));
    await saveTokenizer(tokenizer, (await trainBpe({ texts: codeSamples(), vocabSize: 400 })).tokenizer);
  });
  after(() => rmSync(tokenizer, { recursive: true }));

  let revision = 0;
  const contentOf = async (text: string): Promise<TokenizerContent> => ({
    revision: revision++,
    text,
    firstLine: text.length,
    total: text.length,
    columns: [{ slot: 'main', label: 'a', tokens: await tokenize({ tokenizer, text }) }],
  });

  /** All that the page can see. */
  const shown = ({ columns, ...rest }: TokenizerContent): unknown => {
    const [main] = columns;
    assert.ok(main !== undefined && 'tokens' in main);
    const { ids, ends, marks, characters, bytes, distinct } = main.tokens;
    const column = new TokenColumn(rest.text, main.tokens);
    const spelled = Array.from(ids, (_, i) => [column.entry(i), [...column.bytes(i)]]);
    return { ...rest, ids, ends, marks, characters, bytes, distinct, spelled };
  };

  it('makes of a content what an edit made of it', async () => {
    const random = new Random(3, 'edits');
    const pieces = ['x', ' return', '\n', '😀', 'é', '  ', 'const a = 1;\n', '', '\ud83d'];
    let text = 'function f() {\n  return "naïve 😀";\n}\n';
    let page = await contentOf(text);
    let former = page;
    for (let i = 0; i < 150; i++) {
      const from = random.integer(text.length + 1);
      const to = Math.min(text.length, from + random.integer(4));
      text = text.slice(0, from) + pieces[random.integer(pieces.length)]! + text.slice(to);
      const content = await contentOf(text);
      page = patched(page, patchOf(former, content)!);
      assert.deepEqual(shown(page), shown(content));
      former = content;
    }
  });

  it('holds what an edit changed and no more', async () => {
    const text = codeSamples().join('');
    const patch = patchOf(
      await contentOf(text),
      await contentOf(`${text.slice(0, 5000)} zq ${text.slice(5000)}`),
    )!;
    assert.equal(patch.text.inserted.length, 4);
    const [{ inserted }] = patch.columns as [(typeof patch.columns)[number]];
    assert.ok(inserted.ids.length < 12 && inserted.used.ids.length < 12);
    assert.equal(inserted.ids.buffer.byteLength, inserted.ids.byteLength, 'not a view of all');
  });

  it('is none where columns are others, or one has a problem', async () => {
    const content = await contentOf('x');
    const [main] = content.columns;
    assert.ok(main !== undefined && 'tokens' in main);
    const others: TokenizerContent['columns'][] = [
      [],
      [{ ...main, slot: 'other' }],
      [{ ...main, tokens: { ...main.tokens, version: 'another' } }],
      [{ slot: 'main', label: 'a', problem: { message: 'gone' } }],
    ];
    for (const columns of others) assert.equal(patchOf({ ...content, columns }, content), undefined);
  });
});
