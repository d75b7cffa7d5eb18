import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { FakeHub } from '../support/fake-hub.ts';
import { filesIn, writeTinyModel } from '../support/tiny-model.ts';
import { cloze, type CommandResult, jsonOf, startCloze } from './command.ts';

describe('cloze import', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'cloze-import-'));
  const source = join(scratch, 'model');
  let hub: FakeHub;
  before(async () => {
    await writeTinyModel(source);
    hub = await FakeHub.start();
    hub.commit('tester/tiny', filesIn(source));
  });
  after(() => {
    hub.close();
    rmSync(scratch, { recursive: true });
  });

  const environment = (more: Record<string, string> = {}): Record<string, string> => ({
    HF_ENDPOINT: hub.endpoint,
    HF_TOKEN: '',
    ...more,
  });
  const run = (out: string, ...more: string[]): Promise<CommandResult> =>
    cloze(['import', 'tester/tiny', '--out', out, ...more], { env: environment() });

  /** Waits until the first bytes of the weights are on the disk. */
  async function partOf(out: string): Promise<string> {
    const contents = join(scratch, `.${out}.import`, 'contents');
    for (let i = 0; i < 400; i++) {
      const parts = existsSync(contents)
        ? readdirSync(contents).filter((name) => name.endsWith('.part'))
        : [];
      const [part] = parts
        .map((name) => join(contents, name))
        .filter((path) => statSync(path).size >= 20_000);
      if (part !== undefined) return part;
      await sleep(25);
    }
    throw new Error('no part came');
  }

  it('goes on after kill -9 where it was', async () => {
    hub.fail(/blobs/, { kind: 'stall', after: 20_000 });
    const { child, ended } = startCloze(['import', 'tester/tiny', '--out', join(scratch, 'killed')], {
      env: environment(),
    });
    const part = await partOf('killed');
    child.kill('SIGKILL');
    await ended;
    assert.ok(!existsSync(join(scratch, 'killed')));
    assert.equal(statSync(part).size, 20_000);
    hub.requests.length = 0;
    const result = jsonOf(await run(join(scratch, 'killed'), '--json'));
    assert.equal(result.parameters, 14_288);
    assert.equal(hub.requests.at(-1)!.headers.range, 'bytes=20000-');
    assert.equal(hub.fetched.length, 2);
    const { 'cloze_import.json': record, ...got } = filesIn(join(scratch, 'killed'));
    assert.deepEqual(got, filesIn(source));
    assert.match(Buffer.from(record!).toString(), /"source": "tester\/tiny"/);
    assert.deepEqual(readdirSync(scratch).sort(), ['killed', 'model']);
    const generated = await cloze([
      'generate',
      '--model',
      join(scratch, 'killed'),
      '--provider',
      'cpu',
      '--max-tokens',
      '4',
      'let ',
    ]);
    assert.equal(generated.code, 0, generated.stderr);
  });

  it('keeps what has come when it is interrupted, and says so in its exit code', async () => {
    hub.fail(/blobs/, { kind: 'stall', after: 20_000 });
    const { child, ended } = startCloze(['import', 'tester/tiny', '--out', join(scratch, 'stopped')], {
      env: environment(),
    });
    const part = await partOf('stopped');
    child.kill('SIGINT');
    const { code, stderr } = await ended;
    assert.equal(code, 130, stderr);
    assert.match(
      stderr,
      /cancelled\ntry: import the same again: it goes on from what is kept in .*\.stopped\.import/,
    );
    assert.equal(statSync(part).size, 20_000);
    const { code: again, stdout } = await run(join(scratch, 'stopped'));
    assert.equal(again, 0);
    assert.match(
      stdout,
      /stopped: 14,288 parameters, 6 files \(.* KiB\), from tester\/tiny at [0-9a-f]{12}\n$/,
    );
  });

  it('copies a folder, and says what is wrong with one', async () => {
    const copied = await cloze(['import', source, '--out', join(scratch, 'copied'), '--json']);
    assert.equal(jsonOf(copied).source, source);
    const none = await run(join(scratch, 'copied'));
    assert.equal(none.code, 2);
    assert.match(none.stderr, /is there already, and not empty\ntry: .*--force/);
    hub.restrict('tester/tiny', 'private');
    const refused = await run(join(scratch, 'refused'), '--json');
    assert.equal(refused.code, 1);
    assert.match(refused.stdout, /"code":"credentials".*HF_TOKEN/);
    const token = environment({ HF_TOKEN: hub.token });
    const given = await cloze(['import', 'tester/tiny', '--out', join(scratch, 'given')], { env: token });
    assert.equal(given.code, 0, given.stderr);
    assert.doesNotMatch(readFileSync(join(scratch, 'given', 'cloze_import.json'), 'utf8'), /hf_/);
  });
});
