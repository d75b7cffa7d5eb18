import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';

const useIt = `import { it } from 'node:test';`;

/** Runs test files of the given sources as one lane, in a process of its own: node:test does not nest. */
async function lane(
  folder: string,
  sources: string[],
  { timeout = 20_000, together = 1, patterns = sources.map((_, i) => `${i}.mjs`) } = {},
): Promise<Record<string, number>> {
  await Promise.all(sources.map((source, i) => writeFile(join(folder, `${i}.mjs`), source)));
  const files = patterns.map((pattern) => join(folder, pattern));
  const script = `
    const { runLane } = await import(${JSON.stringify(new URL('lane-run.ts', import.meta.url).href)});
    const lane = { files: ${JSON.stringify(files)}, concurrency: 2, together: ${together}, timeout: ${timeout}, env: { LANE_ENV: 'set' } };
    const { passed, failed, skipped } = await runLane('sample', lane, undefined);
    console.log('\\n' + JSON.stringify({ passed, failed, skipped, leaked: Number('LANE_ENV' in process.env) }));`;
  const env = { ...process.env, NODE_TEST_CONTEXT: undefined };
  const runner = join(folder, 'runner.mjs');
  await writeFile(runner, script);
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), runner],
    { env },
  );
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as Record<string, number>;
}

describe('lane run', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cloze-lane-'));
  });
  after(() => rm(folder, { recursive: true }));

  it('counts what passes, fails and is skipped over several files', async () => {
    const sources = [
      `${useIt} it('a', () => {}); it('b', { skip: 'why' }, () => {});`,
      `${useIt} it('c', () => { throw new Error('no'); }); it('d', () => {});`,
    ];
    assert.deepEqual(await lane(folder, sources), { passed: 2, failed: 1, skipped: 1, leaked: 0 });
  });

  it('counts a file that crashes, throws, hangs or has no tests as failed', async () => {
    const sources = [
      `${useIt} it('before the crash', () => {}); setTimeout(() => process.abort(), 50);`,
      `throw new Error('while loading');`,
      `${useIt} it('never ends', () => new Promise(() => setInterval(() => {}, 1000)));`,
      ``,
    ];
    assert.deepEqual(await lane(folder, sources, { timeout: 5000 }), {
      passed: 1,
      failed: 4,
      skipped: 0,
      leaked: 0,
    });
  });

  it('runs so many files in one process, and loses no test of them', async () => {
    const sources = [1, 2, 3].map(
      (count) => `${useIt} globalThis.loaded = (globalThis.loaded ?? 0) + 1;
        it('${count}', () => { if (globalThis.loaded !== ${count < 3 ? 2 : 1}) throw new Error(globalThis.loaded); });`,
    );
    assert.deepEqual(await lane(folder, sources, { together: 2 }), {
      passed: 3,
      failed: 0,
      skipped: 0,
      leaked: 0,
    });
    const broken = [`throw new Error('while loading');`, ...sources];
    const { failed } = await lane(folder, broken, { together: 2 });
    assert.ok(failed! >= 1, `${failed} failed`);
  });

  it('begins with the files of an earlier pattern, and runs each once', async () => {
    const sources = [0, 1, 2].map(
      (number) => `${useIt} globalThis.order = [...(globalThis.order ?? []), ${number}];
        it('${number}', () => { if (globalThis.order.join() !== '2,0,1') throw new Error(globalThis.order); });`,
    );
    assert.deepEqual(await lane(folder, sources, { together: 3, patterns: ['2.mjs', '[0-2].mjs'] }), {
      passed: 3,
      failed: 0,
      skipped: 0,
      leaked: 0,
    });
  });

  it("sets the lane's environment for its files only", async () => {
    const source = `${useIt} it('env', () => { if (process.env.LANE_ENV !== 'set') throw new Error('not set'); });`;
    assert.deepEqual(await lane(folder, [source]), { passed: 1, failed: 0, skipped: 0, leaked: 0 });
  });
});
