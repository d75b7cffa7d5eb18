import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { FakeHub } from '../../test/support/fake-hub.ts';
import { filesIn, writeTinyModel } from '../../test/support/tiny-model.ts';
import { ClozeError } from '../base/errors.ts';
import { ImportRecordSchema } from '../checkpoints/import-record.ts';
import type { ImportProgress, ImportRequest, ImportResult } from '../protocol/import.ts';
import { type ImportHooks, importModel } from './import.ts';
import { OpenTextModel } from './text-model.ts';

const PATIENCE = { tries: 3, firstWait: 5, longestWait: 2000, silence: 2000 };
const REPOSITORY = 'tester/tiny';

describe('importModel from a Hub', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'cloze-import-'));
  let model: Record<string, Uint8Array>;
  let sharded: Record<string, Uint8Array>;
  before(async () => {
    await writeTinyModel(join(scratch, 'model'));
    await writeTinyModel(join(scratch, 'sharded'), { shardBytes: 20_000 });
    model = filesIn(join(scratch, 'model'));
    sharded = filesIn(join(scratch, 'sharded'));
  });
  after(() => rmSync(scratch, { recursive: true }));

  /** A Hub with the model, and a way to import from it into a new folder. */
  async function open(t: TestContext, files = model) {
    const hub = await FakeHub.start();
    t.after(() => hub.close());
    const folder = mkdtempSync(join(scratch, 'try-'));
    const out = join(folder, 'out');
    const commit = hub.commit(REPOSITORY, files);
    const get = (request: Partial<ImportRequest> = {}, hooks: ImportHooks = {}): Promise<ImportResult> =>
      importModel(
        { source: REPOSITORY, out, endpoint: hub.endpoint, ...request },
        { patience: PATIENCE, ...hooks },
      );
    const holds = (expected: Record<string, Uint8Array>): void => {
      const { 'cloze_import.json': record, ...got } = filesIn(out);
      assert.deepEqual(got, expected);
      assert.ok(record !== undefined);
      assert.deepEqual(readdirSync(folder), ['out']);
    };
    return { hub, folder, out, commit, get, holds };
  }

  /** Bytes of the file of weights. */
  const weights = (): number => model['model.safetensors']!.length;

  async function error(promise: Promise<unknown>): Promise<ClozeError> {
    const thrown = await promise.then(
      () => undefined,
      (problem: unknown) => problem,
    );
    assert.ok(thrown instanceof ClozeError, String(thrown));
    return thrown;
  }

  it('fetches what Cloze needs, and keeps where it comes from', async (t) => {
    const others = { 'README.md': '# tiny', 'pytorch_model.bin': 'pickle', 'flax_model.msgpack': 'x' };
    const { hub, out, commit, get, holds } = await open(t, { ...sharded, ...(others as object) });
    const result = await get();
    holds(sharded);
    assert.equal(result.commit, commit);
    assert.equal(result.parameters, 14_288);
    const paths = hub.fetched.join('\n');
    assert.doesNotMatch(paths, /README|pytorch_model|flax/);
    const record = ImportRecordSchema.parse(JSON.parse(readFileSync(join(out, 'cloze_import.json'), 'utf8')));
    assert.equal(record.commit, commit);
    assert.equal(record.revision, 'main');
    assert.equal(record.source, REPOSITORY);
    assert.deepEqual(Object.keys(record.files).sort(), Object.keys(sharded).sort());
    const open_ = await OpenTextModel.open({ model: out, provider: 'cpu' });
    await open_.close();
  });

  it('stays with the commit that the revision named at the beginning', async (t) => {
    const { hub, commit, get, holds } = await open(t);
    hub.commit(REPOSITORY, { ...model, 'config.json': '{}' }, 'experiment');
    const moves = (): void => void hub.commit(REPOSITORY, { 'config.json': '{}' });
    const result = await get({}, { onProgress: ({ phase }) => phase === 'fetching' && moves() });
    assert.equal(result.commit, commit);
    holds(model);
    for (const path of hub.fetched.filter((each) => each.includes('/resolve/'))) {
      assert.ok(path.includes(`/resolve/${commit}/`), path);
    }
  });

  it('goes on where a transfer broke off', async (t) => {
    const { hub, get, holds } = await open(t);
    hub.fail(/blobs/, { kind: 'cut', after: 5000 });
    hub.fail(/blobs/, { kind: 'stall', after: 7000 });
    hub.fail(/blobs/, { kind: 'status', status: 503 });
    const progress: ImportProgress[] = [];
    await get({}, { onProgress: (now) => progress.push(now) });
    holds(model);
    const blobs = hub.requests.filter(({ isStorage }) => isStorage);
    assert.deepEqual(
      blobs.map(({ headers }) => headers.range),
      [undefined, 'bytes=5000-', 'bytes=12000-', 'bytes=12000-'],
    );
    assert.match(String(blobs[1]!.headers['if-range']), /^"[0-9a-f]{64}"$/);
    const last = progress.findLast(({ phase }) => phase === 'fetching')!;
    assert.equal(last.done, last.total);
  });

  it('starts a file over that is sent whole, or has changed', async (t) => {
    const { hub, get, holds } = await open(t);
    hub.fail(/blobs/, { kind: 'cut', after: 5000 });
    hub.fail(/blobs/, { kind: 'no-ranges' });
    await get();
    holds(model);
  });

  it('gives up after a few tries that bring nothing, and the next call goes on', async (t) => {
    const { hub, folder, out, get, holds } = await open(t);
    hub.fail(/blobs/, { kind: 'cut', after: 9000 });
    hub.fail(/blobs/, { kind: 'cut', after: 0 }, 3);
    const { code, message, hint } = await error(get());
    assert.equal(code, 'hub');
    assert.match(
      message,
      new RegExp(`model.safetensors of tester/tiny broke off at 9000 of ${weights()} bytes`),
    );
    assert.match(hint ?? '', /goes on from there/);
    assert.ok(!existsSync(out));
    assert.deepEqual(readdirSync(folder), ['.out.import']);
    hub.requests.length = 0;
    await get();
    holds(model);
    assert.equal(hub.fetched.length, 2); // the rest of the weights, by way of the redirect
    assert.equal(hub.requests.at(-1)!.headers.range, 'bytes=9000-');
  });

  it('takes nothing of another content, and what is the same only once', async (t) => {
    const { hub, get, holds } = await open(t);
    hub.fail(/blobs/, { kind: 'cut', after: 9000 });
    hub.fail(/blobs/, { kind: 'cut', after: 0 }, 3);
    await error(get());
    const changed = Buffer.from(model['model.safetensors']!);
    changed[changed.length - 1]! ^= 1;
    const commit = hub.commit(REPOSITORY, { ...model, 'model.safetensors': changed });
    hub.requests.length = 0;
    const result = await get();
    assert.equal(result.commit, commit);
    holds({ ...model, 'model.safetensors': changed });
    assert.equal(hub.fetched.length, 2);
    assert.equal(hub.requests.at(-1)!.headers.range, undefined);
  });

  it('is cancelled at any time, and goes on later', async (t) => {
    const { hub, out, get, holds } = await open(t);
    hub.fail(/blobs/, { kind: 'stall', after: 20_000 });
    const canceller = new AbortController();
    const cancel = ({ file, done }: ImportProgress): void => {
      if (file === 'model.safetensors' && done > 20_000) canceller.abort();
    };
    const patience = { ...PATIENCE, silence: 60_000 };
    setTimeout(() => canceller.abort(), 2000).unref();
    const { code } = await error(get({}, { signal: canceller.signal, onProgress: cancel, patience }));
    assert.equal(code, 'cancelled');
    assert.ok(!existsSync(out));
    await get();
    holds(model);
    assert.equal(hub.requests.at(-1)!.headers.range, 'bytes=20000-');
  });

  it('keeps nothing whose hash is wrong', async (t) => {
    const { hub, folder, get, holds } = await open(t);
    hub.fail(/blobs|config\.json/, { kind: 'garble' }, 2);
    const { code, message } = await error(get());
    assert.equal(code, 'hub');
    assert.match(
      message,
      /config\.json of tester\/tiny at [0-9a-f]{8} is not what the Hub lists: its git-sha1/,
    );
    hub.fail(/blobs/, { kind: 'garble' }, 2);
    assert.match((await error(get())).message, /model\.safetensors .* its sha256 is not/);
    const left = readdirSync(join(folder, '.out.import', 'contents')).filter((name) =>
      name.endsWith('.part'),
    );
    for (const name of left)
      assert.equal(readFileSync(join(folder, '.out.import', 'contents', name)).length, 0);
    hub.fail(/blobs/, { kind: 'garble' });
    await get();
    holds(model);
  });

  it('waits as long as it is told to, within bounds', async (t) => {
    const { hub, get, holds } = await open(t);
    hub.fail(/config\.json/, { kind: 'status', status: 429, headers: { 'retry-after': '1' } });
    const notes: string[] = [];
    const start = performance.now();
    await get({}, { onNote: (note) => notes.push(note) });
    holds(model);
    assert.ok(performance.now() - start >= 1000);
    assert.deepEqual(notes, ['answer 429: the next try is in 1 s']);
    hub.fail(/revision/, { kind: 'status', status: 429, headers: { 'retry-after': '3600' } });
    assert.match((await error(get({ force: true }))).message, /asks to wait 3600 s \(429\)/);
    hub.fail(/revision/, { kind: 'status', status: 429, headers: {} }, 3);
    assert.match((await error(get({ force: true }))).message, /too many requests \(429\)/);
  });

  it('says when a token is needed, or does not suffice, and never the token', async (t) => {
    const { hub, folder, get, holds } = await open(t);
    hub.restrict(REPOSITORY, 'private');
    const refused = async (token: string | undefined, expected: RegExp): Promise<void> => {
      const { code, message, hint, details } = await error(get(token === undefined ? {} : { token }));
      assert.equal(code, 'credentials');
      assert.match(`${message}; ${hint}`, expected);
      assert.doesNotMatch(JSON.stringify([message, hint, details]), /hf_/);
      assert.deepEqual(readdirSync(folder), []);
    };
    await refused(undefined, /does not give tester\/tiny without a token \(401\).*HF_TOKEN/);
    await refused('hf_wrong', /the token does not suffice for tester\/tiny \(401\).*still valid/);
    hub.restrict(REPOSITORY, 'gated');
    await refused(undefined, /without a token \(401\): its owner wants to know/);
    await refused(hub.token, /does not suffice for tester\/tiny \(403\).*accept the model's terms/);
    hub.restrict(REPOSITORY, 'private');
    await get({ token: hub.token });
    holds(model);
    const [own, others] = [false, true].map((isStorage) =>
      hub.requests.filter((request) => request.isStorage === isStorage),
    );
    assert.ok(own!.some(({ headers }) => headers.authorization === `Bearer ${hub.token}`));
    assert.ok(others!.length > 0 && others!.every(({ headers }) => headers.authorization === undefined));
  });

  it('names what is not there', async (t) => {
    const { hub, folder, get } = await open(t);
    const message = async (request: Partial<ImportRequest>): Promise<string> =>
      (await error(get(request))).message;
    assert.equal(await message({ revision: 'v9' }), 'tester/tiny has no revision v9 (404)');
    const unknown = { source: 'tester/none', token: hub.token };
    assert.equal(await message(unknown), 'the Hub has no tester/none at revision main (404)');
    assert.match(await message({ source: './none' }), /expected a folder or a repository as owner\/name/);
    assert.match(await message({ endpoint: 'ftp://hub' }), /expected the address of a Hub/);
    const open_ = { endpoint: 'http://hub.example', token: 'hf_x' };
    assert.match(await message(open_), /would travel without encryption/);
    assert.match(await message({ endpoint: 'http://127.0.0.1:1' }), /cannot reach http:\/\/127\.0\.0\.1:1: /);
    assert.deepEqual(readdirSync(folder), []);
  });

  it('refuses before the weights come what can be known by then', async (t) => {
    const cases: [Record<string, Uint8Array | string | undefined>, RegExp][] = [
      [{ 'model.safetensors': undefined, 'pytorch_model.bin': 'x' }, /pytorch_model\.bin only, a pickle/],
      [{ 'model.safetensors': undefined, 'model.gguf': 'x' }, /expected model\.safetensors, got model\.gguf/],
      [{ 'config.json': undefined }, /tester\/tiny at main has no config\.json/],
      [
        config({ rope_scaling: { rope_type: 'longrope' } }),
        /tester\/tiny.config\.json: rope_scaling\.rope_type "longrope" is not supp/,
      ],
      [config({ model_type: 'mamba' }), /unknown architecture: model_type "mamba"/],
      [config({ vocab_size: 8 }), /the tokenizer has 257 tokens, the model a vocabulary of 8/],
      [{ 'tokenizer.json': '{"model": {"type": "Magic"}}' }, /tester\/tiny.tokenizer\.json/],
      [{ 'tokenizer.json': undefined }, /tester\/tiny has no tokenizer/],
    ];
    for (const [change, expected] of cases) {
      const files = Object.entries({ ...model, ...change }).filter(([, content]) => content !== undefined);
      const { hub, folder, get } = await open(t, Object.fromEntries(files) as never);
      assert.match((await error(get())).message, expected);
      assert.ok(!hub.requests.some(({ isStorage }) => isStorage));
      assert.deepEqual(readdirSync(folder), []);
    }
  });

  it('refuses a checkpoint whose shards are missing, or whose header lies', async (t) => {
    const { 'model-00002-of-00003.safetensors': missing, ...rest } = sharded;
    const first = await open(t, rest);
    const { message } = await error(first.get());
    assert.match(message, /lacks 1 of 3 shards that .* names: model-00002-of-00003\.safetensors/);
    assert.ok(!first.hub.requests.some(({ isStorage }) => isStorage));
    const lies = Buffer.from(missing!);
    lies.writeUInt8(lies[8]! ^ 1, 8);
    const other = Buffer.from(
      Buffer.from(model['model.safetensors']!)
        .toString('latin1')
        .replace('"shape":[300,16]', '"shape":[16,300]'),
      'latin1',
    );
    for (const [files, expected] of [
      [{ ...sharded, 'model-00002-of-00003.safetensors': lies }, /tester\/tiny.model-00002.*header/],
      [{ ...model, 'model.safetensors': other }, /expected shape \[300, 16\], got \[16, 300\]/],
      [{ ...model, 'model.safetensors': model['model.safetensors']!.subarray(0, 9000) }, /truncated\?/],
    ] as const) {
      const { folder, get } = await open(t, files);
      const refused = await error(get());
      assert.equal(refused.code, 'checkpoint');
      assert.match(refused.message, expected);
      assert.deepEqual(readdirSync(folder), []);
    }
  });

  it('asks for room on the disk before it fetches', async (t) => {
    const { hub, get } = await open(t);
    hub.claimedSizes.set('model.safetensors', 2 ** 52);
    const { code, message } = await error(get());
    assert.equal(code, 'disk');
    assert.match(message, /tester\/tiny needs \d+ bytes more/);
    assert.ok(!hub.requests.some(({ isStorage }) => isStorage));
  });

  it('replaces a model only when told, and is alone at it', async (t) => {
    const { hub, out, get, holds } = await open(t);
    mkdirSync(out);
    writeFileSync(join(out, 'notes.txt'), 'mine');
    assert.match((await error(get())).message, /is there already, and not empty/);
    assert.match((await error(get({ force: true }))).message, /notes\.txt/);
    assert.deepEqual(hub.requests, []);
    rmSync(join(out, 'notes.txt'));
    hub.fail(/blobs/, { kind: 'stall', after: 9000 });
    let first: Promise<unknown> = Promise.resolve();
    await new Promise<void>((begun) => {
      first = get({}, { onProgress: ({ file }) => file === 'model.safetensors' && begun() });
    });
    assert.equal((await error(get())).code, 'locked');
    await first;
    holds(model);
    hub.commit(REPOSITORY, sharded);
    await get({ force: true });
    holds(sharded);
  });

  it('says that what answers is no Hub', async (t) => {
    const { hub, get } = await open(t);
    hub.fail(/revision/, { kind: 'status', status: 200 });
    assert.match((await error(get())).message, /about tester\/tiny is not one of a Hub: it names no commit/);
  });

  function config(changes: object): Record<string, string> {
    const json: unknown = JSON.parse(Buffer.from(model['config.json']!).toString());
    return { 'config.json': JSON.stringify({ ...(json as object), ...changes }) };
  }
});
