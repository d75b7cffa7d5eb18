import * as esbuild from 'esbuild';
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, it } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { echoKind } from '../../test/support/echo.ts';
import type * as threads from './threads.ts';
import { ThreadPool } from './threads.ts';

describe('a thread pool', () => {
  let pool = new ThreadPool(echoKind, 0);
  const open = (size: number, signal?: AbortSignal) => (pool = new ThreadPool(echoKind, size, { signal }));
  afterEach(() => pool.close());

  it('answers each task with its own result', async () => {
    open(2);
    const said = [5, 3, 8, 1, 2];
    assert.deepEqual(await Promise.all(said.map((say) => pool.run({ say, wait: say }))), said);
  });

  it('reports progress', async () => {
    open(1);
    const seen: number[] = [];
    await pool.run({ say: 1 }, (value) => seen.push(value));
    assert.deepEqual(seen, [0.5]);
  });

  it('carries errors across, and goes on', async () => {
    open(1);
    await assert.rejects(pool.run({ say: 1, fail: 'cloze' }), {
      name: 'ClozeError',
      code: 'data',
      hint: 'find some',
    });
    await assert.rejects(pool.run({ say: 1, fail: 'plain' }), (error: Error) => {
      assert.equal(error.message, 'broken');
      assert.match(error.stack ?? '', /echo\.thread/);
      return true;
    });
    assert.equal(await pool.run({ say: 7 }), 7);
  });

  it('stops at once when it is cancelled', async () => {
    const cancel = new AbortController();
    open(1, cancel.signal);
    const running = pool.run({ say: 1, wait: 60_000 });
    const waiting = pool.run({ say: 2 });
    cancel.abort();
    for (const task of [running, waiting, pool.run({ say: 3 })])
      await assert.rejects(task, { code: 'cancelled' });
    assert.throws(() => open(1, cancel.signal), { code: 'cancelled' });
  });

  it('rejects what a thread that dies was doing', async () => {
    open(1);
    await assert.rejects(pool.run({ say: 1, fail: 'exit' }), /ended unexpectedly/);
    await assert.rejects(pool.run({ say: 1 }), /ended unexpectedly/);
  });

  it('takes tasks of a stream no faster than it works', async () => {
    open(2);
    let taken = 0;
    let most = 0;
    const results: number[] = [];
    const tasks = function* () {
      for (let say = 0; say < 20; say++) {
        most = Math.max(most, ++taken - results.length);
        yield { say };
      }
    };
    await pool.forEach(tasks(), (result) => results.push(result));
    assert.deepEqual(
      results.sort((a, b) => a - b),
      Array.from({ length: 20 }, (_, i) => i),
    );
    assert.ok(most <= 4, `${most} tasks at a time`);
  });

  it('hands on the first failure of a stream', async () => {
    open(2);
    const tasks = [{ say: 1 }, { say: 2, fail: 'cloze' as const }, { say: 3 }, { say: 4, wait: 20 }];
    await assert.rejects(
      pool.forEach(tasks, () => undefined),
      { code: 'data' },
    );
  });

  it('names an entry that is not there', () => {
    assert.throws(() => new ThreadPool({ ...echoKind, entry: 'base/none' }, 1), /no thread entry at .*none/);
  });

  it('runs from bundles', async () => {
    const root = fileURLToPath(new URL('../../', import.meta.url));
    mkdirSync(join(root, '.cache'), { recursive: true });
    const dist = mkdtempSync(join(root, '.cache', 'threads-'));
    try {
      await esbuild.build({
        absWorkingDir: root,
        entryPoints: { main: 'worker/base/threads.ts', 'threads/echo': 'test/support/echo.thread.ts' },
        outdir: dist,
        bundle: true,
        platform: 'node',
        format: 'esm',
        external: ['web-worker'],
        logLevel: 'error',
      });
      const bundle = (await import(pathToFileURL(join(dist, 'main.js')).href)) as typeof threads;
      const bundled = new bundle.ThreadPool(echoKind, 1);
      assert.equal(await bundled.run({ say: 42 }), 42);
      bundled.close();
    } finally {
      rmSync(dist, { recursive: true });
    }
  });
});
