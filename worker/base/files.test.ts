import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import * as z from 'zod';
import { readJson, writeFileAtomic, writePartsAtomic, writePartsAtomicSync } from './files.ts';

describe('files', () => {
  let folder = '';
  before(() => (folder = mkdtempSync(join(tmpdir(), 'cloze-files-'))));
  after(() => rmSync(folder, { recursive: true }));

  it('are written whole over what was there, with nothing left beside them', async () => {
    const path = join(folder, 'whole');
    await writeFileAtomic(path, 'first');
    await writeFileAtomic(path, 'second');
    assert.equal(readFileSync(path, 'utf8'), 'second');
    writePartsAtomicSync(path, [Buffer.from('th'), Buffer.from('ird')]);
    assert.equal(readFileSync(path, 'utf8'), 'third');
    assert.deepEqual(readdirSync(folder), ['whole']);
  });

  it('keep what was there when writing fails, with nothing left beside them', async () => {
    const path = join(folder, 'kept');
    writeFileSync(path, 'old');
    const broken = function* () {
      yield Buffer.from('new');
      throw new Error('no more');
    };
    assert.throws(() => writePartsAtomicSync(path, broken()), { code: 'disk', message: /kept: no more/ });
    assert.equal(readFileSync(path, 'utf8'), 'old');
    mkdirSync(join(folder, 'taken'));
    await assert.rejects(writeFileAtomic(join(folder, 'taken'), 'x'), { code: 'disk' });
    await assert.rejects(writeFileAtomic(join(folder, 'none', 'x'), 'x'), { code: 'disk' });
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.endsWith('.tmp')),
      [],
    );
  });

  it('keep what was there when writing is cancelled between two parts, with nothing left beside them', async () => {
    const path = join(folder, 'cancelled');
    writeFileSync(path, 'old');
    const controller = new AbortController();
    const parts = function* () {
      yield Buffer.from('new');
      controller.abort();
      yield Buffer.from('er');
    };
    await assert.rejects(writePartsAtomic(path, parts(), controller.signal), { code: 'cancelled' });
    assert.equal(readFileSync(path, 'utf8'), 'old');
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.endsWith('.tmp')),
      [],
    );
    await writePartsAtomic(path, [Buffer.from('new'), Buffer.from('er')]);
    assert.equal(readFileSync(path, 'utf8'), 'newer');
  });

  it('of JSON say what is wrong with them, and where', async () => {
    const path = join(folder, 'settings.json');
    const read = () => readJson(path, z.object({ model: z.object({ width: z.int() }) }));
    await assert.rejects(read(), { code: 'config', message: /cannot read .*settings\.json: no such file/ });
    writeFileSync(path, '{');
    await assert.rejects(read(), { code: 'config', message: /settings\.json is not JSON/ });
    writeFileSync(path, '{"model": {"width": "x"}}');
    await assert.rejects(read(), { code: 'config', message: /settings\.json: model\.width: .*expected/ });
    writeFileSync(path, '{"model": {"width": 3}}');
    assert.deepEqual(await read(), { model: { width: 3 } });
  });
});
