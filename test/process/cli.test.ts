import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { cloze, jsonOf } from './command.ts';

const COMMANDS = ['device', 'info', 'tokenizer', 'tokenize'];

describe('cloze', () => {
  it('lists its commands and exit codes, and each command has help', async () => {
    const { code, stdout } = await cloze(['--help']);
    assert.equal(code, 0);
    for (const command of COMMANDS) assert.match(stdout, new RegExp(`^  ${command}`, 'm'));
    assert.match(stdout, /Exit codes/);
    const helps = await Promise.all(COMMANDS.map((command) => cloze([command, '--help'])));
    for (const help of helps) assert.match(help.stdout, /^Usage: cloze \w+/);
  });

  it('prints its version', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    const { code, stdout } = await cloze(['--version']);
    assert.deepEqual([code, stdout], [0, `${version}\n`]);
  });

  it('exits with 2 when called wrongly, and says how on stderr', async () => {
    const calls = [
      [],
      ['nonsense'],
      ['info'],
      ['info', 'gpt2', '--nonsense'],
      ['info', 'gpt2', '--batch', '0'],
    ];
    for (const { code, stdout, stderr } of await Promise.all(calls.map((args) => cloze(args)))) {
      assert.equal(code, 2);
      assert.equal(stdout, '');
      assert.notEqual(stderr, '');
    }
  });

  it('prints errors as JSON with --json', async () => {
    const wrong = await cloze(['info', 'gpt2', '--nonsense', '--json']);
    assert.equal(wrong.code, 2);
    assert.match(JSON.stringify(jsonOf(wrong)), /"code":"usage","message":"unknown option '--nonsense'"/);
    const missing = await cloze(['tokenizer', 'train', 'no-such-folder', '--out', 'unused', '--json']);
    assert.equal(missing.code, 1);
    const { error } = jsonOf(missing) as { error: Record<string, string> };
    assert.deepEqual(Object.keys(error), ['code', 'message', 'hint']);
    assert.equal(error.code, 'data');
    assert.match(error.message!, /no-such-folder/);
  });

  it('uses no colour where there is no terminal', async () => {
    const { stderr } = await cloze(['nonsense']);
    assert.ok(!stderr.includes('\u001b'));
  });
});

describe('cloze device', () => {
  it('names every provider, the one that auto takes, threads and memory', async () => {
    const report = jsonOf(await cloze(['device', '--json']));
    const providers = report.providers as { provider: string; usable: boolean; reason?: string }[];
    assert.deepEqual(
      providers.map(({ provider }) => provider),
      ['cuda', 'webgpu', 'dml', 'coreml', 'cpu'],
    );
    assert.equal(report.auto, providers.find(({ usable }) => usable)?.provider);
    for (const { usable, reason } of providers) assert.equal(reason === undefined, usable);
    assert.ok((report.threads as number) >= 1);
    assert.ok((report.memory as { availableBytes: number }).availableBytes > 0);
  });
});

describe('cloze info', () => {
  const published = {
    gpt1: 116_534_784,
    gpt2: 124_439_808,
    'gpt2-medium': 354_823_168,
    'gpt2-large': 774_030_080,
    'gpt2-xl': 1_557_611_200,
  };

  it('counts the published totals', async () => {
    for (const [preset, parameters] of Object.entries(published)) {
      assert.equal(jsonOf(await cloze(['info', preset, '--json'])).parameters, parameters);
    }
  });

  it('prints a table by module, with layers that are alike on one line', async () => {
    const { code, stdout } = await cloze(['info', 'gpt2']);
    assert.equal(code, 0);
    assert.match(stdout, /^model +124,439,808 +100\.0 %$/m);
    assert.match(stdout, /^ {2}layer 0 to 11 +12 x 7,087,872 +85,054,464/m);
    assert.match(stdout, /^total .*GiB/m);
  });

  it('reads a model folder', async () => {
    const info = jsonOf(await cloze(['info', 'test/fixtures/parity/llama', '--json']));
    assert.equal((info.config as { layout: string }).layout, 'llama');
  });
});

describe('cloze tokenizer train, cloze tokenize', () => {
  let folder = '';
  let bpe = '';
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'cloze-cli-'));
    bpe = join(folder, 'bpe');
    const trained = await cloze([
      'tokenizer',
      'train',
      'worker/base',
      '--vocab-size',
      '400',
      '--out',
      bpe,
      '--json',
    ]);
    assert.equal(trained.code, 0, trained.stderr);
    assert.equal(jsonOf(trained).vocabSize, 400);
  });
  after(() => rmSync(folder, { recursive: true }));

  it('writes a tokenizer.json', () => {
    assert.ok(existsSync(join(bpe, 'tokenizer.json')));
  });

  it('gives tokens that cover the text, from an argument or standard input', async () => {
    const text = 'const naïve = "🎈";\n';
    const given = jsonOf(await cloze(['tokenize', '--tokenizer', bpe, '--json', text]));
    const piped = jsonOf(await cloze(['tokenize', '--tokenizer', bpe, '--json', '-'], { stdin: text }));
    assert.deepEqual(given, piped);
    const tokens = given.tokens as { start: number; end: number }[];
    assert.equal(given.count, tokens.length);
    assert.equal(tokens[0]!.start, 0);
    assert.equal(tokens.at(-1)!.end, text.length);
  });

  it('explains the merges step by step', async () => {
    const explained = ['tokenize', '--tokenizer', bpe, '--explain', 'const'];
    const { words } = jsonOf(await cloze([...explained, '--json'])) as {
      words: { symbols: string[]; steps: { pieces: string[] }[]; ids: number[] }[];
    };
    assert.deepEqual(words[0]!.symbols, ['c', 'o', 'n', 's', 't']);
    assert.equal(words[0]!.steps.at(-1)!.pieces.length, words[0]!.ids.length);
    assert.match((await cloze(explained)).stdout, /symbols +c o n s t\n +merge \d+ /);
  });

  it('trains a character tokenizer, which has no merges to explain', async () => {
    const char = join(folder, 'char');
    await cloze(['tokenizer', 'train', 'worker/base', '--kind', 'char', '--out', char]);
    const explained = await cloze(['tokenize', '--tokenizer', char, '--explain', 'const']);
    assert.equal(explained.code, 2);
    const plain = jsonOf(await cloze(['tokenize', '--tokenizer', char, '--json', 'const']));
    assert.equal(plain.count, 5);
  });
});
