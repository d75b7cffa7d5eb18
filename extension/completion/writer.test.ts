import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Page, Writer } from './writer.ts';

/** A document of which `insert` decides what becomes of a text. */
function setUp(insert?: () => Promise<boolean>) {
  const page = {
    text: 'ab',
    eol: '\r\n',
    version: 1,
    insert: async (offset: number, text: string) => {
      if (insert !== undefined) return insert();
      await Promise.resolve();
      page.text = page.text.slice(0, offset) + text + page.text.slice(offset);
      page.version++;
      return true;
    },
  } satisfies Page & { text: string };
  const ends: string[] = [];
  return { page, ends, writer: new Writer(page, 1, () => ends.push('end')) };
}

describe('the writer at the cursor', () => {
  it("puts pieces one behind another, with the document's line ends", async () => {
    const { page, ends, writer } = setUp();
    for (const piece of ['1\n', '2', '\r\n3']) writer.write(piece);
    await writer.done();
    assert.deepEqual([page.text, ends], ['a1\r\n2\r\n3b', []]);
  });

  it('ends when somebody else has written', async () => {
    const { page, ends, writer } = setUp();
    page.version++;
    writer.write('1');
    await writer.done();
    writer.write('2');
    await writer.done();
    assert.deepEqual([page.text, ends.length > 0], ['ab', true]);
  });

  it('ends when the editor takes no text', async () => {
    const { ends, writer } = setUp(() => Promise.resolve(false));
    writer.write('1');
    await writer.done();
    assert.deepEqual(ends, ['end']);
  });

  it('ends without an error when the editor is closed', async () => {
    const { ends, writer } = setUp(() =>
      Promise.reject(new Error('TextEditor#edit not possible on closed editors')),
    );
    writer.write('1');
    await writer.done();
    assert.deepEqual(ends, ['end']);
  });
});
