import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { after, beforeEach, describe, it } from 'node:test';
import { replaceFolder } from '../checkpoints/replace.ts';
import { openUnchanged } from './open-unchanged.ts';

describe('what is opened while its folder is replaced', () => {
  const run = mkdtempSync(join(tmpdir(), 'cloze-open-'));
  after(() => rmSync(run, { recursive: true }));
  const best = join(run, 'checkpoints', 'best');

  function save(text: string): void {
    const files = ['config.json', 'model.safetensors'];
    const fill = (folder: string): void => files.forEach((name) => writeFileSync(join(folder, name), text));
    replaceFolder(best, fill, () => true);
  }
  beforeEach(() => save('old'));

  /** Reads one file after the other; a run saves once more meanwhile, as often as it is told to. */
  async function opening(saves: number): Promise<{ opened: string[]; discarded: string[][] }> {
    const discarded: string[][] = [];
    const read = (folder: string, name: string): string => readFileSync(join(folder, name), 'utf8');
    const open = async (folder: string): Promise<string[]> => {
      const config = read(folder, 'config.json');
      await setImmediate();
      if (saves-- > 0) save(`new ${saves}`);
      return [config, read(folder, 'model.safetensors')];
    };
    const opened = await openUnchanged(run, open, (outdated) => void discarded.push(outdated));
    return { opened, discarded };
  }

  it('is of one saving', async () => {
    assert.deepEqual(await opening(0), { opened: ['old', 'old'], discarded: [] });
    assert.deepEqual(await opening(1), { opened: ['new 0', 'new 0'], discarded: [['old', 'new 0']] });
  });

  it('is opened again where a file was not there for the moment', async () => {
    let tries = 0;
    const open = (): Promise<string> => {
      if (++tries > 1) return Promise.resolve('opened');
      save('new');
      throw new Error('no such file');
    };
    assert.equal(await openUnchanged(run, open, () => assert.fail('nothing was opened')), 'opened');
  });

  it('is refused where the folder never stays, and fails at once where it does', async () => {
    await assert.rejects(opening(100), {
      code: 'checkpoint',
      message: /^expected .* to stay as it is .* replaced each of 5 times$/,
      hint: /pause its run/,
      details: { model: run, tries: 5 },
    });
    let tries = 0;
    const open = (): Promise<never> => Promise.reject(new Error(`broken ${++tries}`));
    await assert.rejects(
      openUnchanged(run, open, () => undefined),
      { message: 'broken 1' },
    );
    await assert.rejects(
      opening(0).then(() => openUnchanged(join(run, 'none'), open, () => undefined)),
      {
        code: 'usage',
      },
    );
  });
});
