import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { cloze, type CommandResult, jsonLines, jsonOf } from './command.ts';

const COMMANDS = [
  'device',
  'info',
  'tokenizer',
  'tokenize',
  'train',
  'resume',
  'eval',
  'import',
  'generate',
  'complete',
];

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
    const providers = report.providers as {
      provider: string;
      usable: boolean;
      reason?: string;
      slow?: string;
    }[];
    assert.deepEqual(
      providers.map(({ provider }) => provider),
      ['cuda', 'webgpu', 'dml', 'coreml', 'cpu'],
    );
    assert.equal(report.auto, providers.find(({ usable, slow }) => usable && slow === undefined)?.provider);
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
    assert.match(stdout, /^ {2}layers 0 to 11 +12 x 7,087,872 +85,054,464/m);
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

/** A model that is small enough to train in seconds. */
const TINY = ['model.layers=1', 'model.heads=2', 'model.width=16', 'model.context=16', 'training.batch=4'];

function trainArguments(out: string, steps: number, more: readonly string[] = []): string[] {
  const base = [
    'train',
    '--data',
    'worker/base',
    '--model',
    'gpt-nano',
    '--tokenizer',
    'bpe:300',
    '--out',
    out,
  ];
  return [
    ...base,
    '--provider',
    'cpu',
    '--json',
    '--seed',
    '7',
    '--set',
    ...TINY,
    `training.steps=${steps}`,
    ...more,
  ];
}

describe('cloze train and what uses its model', () => {
  let folder = '';
  let run = '';
  let events: Record<string, unknown>[] = [];
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'cloze-cli-'));
    process.env.CLOZE_CACHE = join(folder, 'cache');
    run = join(folder, 'run');
    const every = ['training.evalEvery=10', 'training.checkpointEvery=10', 'training.sampleEvery=20'];
    const trained = await cloze(trainArguments(run, 20, [...every, 'training.sampleTokens=4']));
    assert.equal(trained.code, 0, trained.stderr);
    events = jsonLines(trained.stdout);
  });
  after(() => rmSync(folder, { recursive: true }));

  const named = (name: string) => events.filter(({ event }) => event === name);

  it('prints an event a line', () => {
    assert.deepEqual(
      ['start', 'step', 'eval', 'sample', 'checkpoint', 'done'].map((name) => named(name).length),
      [1, 20, 2, 1, 2, 1],
    );
    for (const { step, loss, tokensPerSecond, stepMs } of named('step')) {
      for (const value of [step, loss, tokensPerSecond, stepMs]) assert.ok(Number.isFinite(value));
    }
    for (const { valLoss } of named('eval')) assert.ok(Number.isFinite(valLoss));
    assert.deepEqual([events[0]!.event, events.at(-1)!.event], ['start', 'done']);
  });

  it('makes the same losses with the same seed', async () => {
    const again = await cloze(trainArguments(join(folder, 'again'), 20));
    const losses = (lines: Record<string, unknown>[]) =>
      lines.filter((l) => l.event === 'step').map((l) => l.loss);
    assert.deepEqual(losses(jsonLines(again.stdout)), losses(events));
  });

  it('evaluates', async () => {
    const result = jsonOf(
      await cloze(['eval', '--model', run, '--data', 'worker/base', '--provider', 'cpu', '--json']),
    );
    assert.equal(result.perplexity, Math.exp(result.loss as number));
    assert.ok((result.loss as number) < Math.log(300) + 0.5);
  });

  it('generates the same text with the same seed, and another one with another', async () => {
    const generate = async (seed: number) => {
      const options = ['--max-tokens', '12', '--seed', String(seed), '--provider', 'cpu', '--json'];
      const { stdout } = await cloze(['generate', '--model', run, ...options, 'export ']);
      return jsonLines(stdout);
    };
    const [first, same, other] = await Promise.all([generate(1), generate(1), generate(2)]);
    const text = (lines: Record<string, unknown>[]) => lines.at(-1)!.text;
    assert.equal(text(first), text(same));
    assert.notEqual(text(first), text(other));
    assert.deepEqual([first[0]!.event, first.at(-1)!.event], ['prompt', 'done']);
    const pieces = first.filter(({ event }) => event === 'text').map((line) => line.text);
    assert.equal(pieces.join(''), text(first));
  });

  it('takes a prompt from standard input, and says that it cut one which the context does not hold', async () => {
    const args = [
      'generate',
      '--model',
      run,
      '--max-tokens',
      '2',
      '--top-k',
      '1',
      '--provider',
      'cpu',
      '--json',
    ];
    const { code, stdout, stderr } = await cloze([...args, '-'], {
      stdin: 'export const a = 1;\n'.repeat(9),
    });
    assert.equal(code, 0, stderr);
    const [prompt] = jsonLines(stdout);
    assert.ok((prompt!.dropped as number) > 0);
    assert.match(stderr, /its first \d+ tokens are left out/);
  });

  it('exports in every format, and says in --help who reads which', async () => {
    const out = join(folder, 'exported');
    for (const [format, path] of [
      ['huggingface', `${out}-hf`],
      ['onnx', `${out}-onnx`],
      ['gguf', `${out}.gguf`],
    ] as const) {
      const exported = await cloze(['export', '--model', run, '--out', path, '--format', format, '--json']);
      assert.equal(exported.code, 0, exported.stderr);
      assert.equal(jsonOf(exported).path, path);
    }
    const wrong = await cloze(['export', '--model', run, '--out', out, '--format', 'gguf']);
    assert.equal(wrong.code, 2);
    const { stdout } = await cloze(['export', '--help']);
    for (const reader of ['transformers', 'ONNX Runtime', 'llama.cpp', 'q8_0'])
      assert.ok(stdout.includes(reader));
  });

  it('completes at a place in a file', async () => {
    const at = (place: string) => cloze(['complete', '--model', run, '--provider', 'cpu', '--json', place]);
    const completed = await at('worker/base/random.ts:7:1');
    assert.equal(completed.code, 0, completed.stderr);
    assert.equal(typeof jsonOf(completed).text, 'string');
    assert.equal(jsonOf(completed).event, 'done');
    assert.equal(typeof jsonOf(completed).seed, 'number', 'a good text can be had again');
    const outside = await at('worker/base/random.ts:7:999');
    assert.equal(outside.code, 2);
    assert.match(outside.stdout, /column 999/);
    assert.equal((await at('worker/base/random.ts')).code, 2);
    assert.equal((await at('no-such-file:1:1')).code, 1);

    const marked = join(folder, 'marked.ts');
    writeFileSync(marked, '\uFEFFconst'); // the mark is no column
    assert.equal((await at(`${marked}:1:6`)).code, 0);
    assert.equal((await at(`${marked}:1:7`)).code, 2);
    const latin1 = join(folder, 'latin1.ts');
    writeFileSync(latin1, Uint8Array.of(0x61, 0xe9));
    assert.match((await at(`${latin1}:1:1`)).stdout, /"code":"data".*latin1\.ts.*utf-8/);
  });

  it('says with auto which providers of this platform it does not use, and why', async () => {
    const report = jsonOf(await cloze(['device', '--json']));
    const providers = report.providers as { provider: string; usable: boolean; reason?: string }[];
    const before = providers.slice(
      0,
      providers.findIndex(({ provider }) => provider === report.auto),
    );
    const expected = before.filter(({ reason = '' }) => !reason.startsWith('onnxruntime-node has no'));
    const short = ['--model', run, '--max-tokens', '1'];
    for (const args of [
      ['eval', '--model', run, '--data', 'worker/base/random.ts'],
      ['generate', ...short, 'export '],
      ['complete', ...short, 'worker/base/random.ts:7:1'],
    ]) {
      const { code, stderr } = await cloze(args);
      assert.equal(code, 0, stderr);
      for (const { provider } of expected)
        assert.match(stderr, new RegExp(`^note: ${provider} is not used: .+`, 'm'));
    }
  });

  it('prints where the time went, if asked', async () => {
    const args = trainArguments(join(folder, 'profiled'), 2).filter((arg) => arg !== '--json');
    const { code, stdout } = await cloze([...args.slice(0, 1), '--profile', ...args.slice(1)]);
    assert.equal(code, 0);
    assert.match(stdout, /^operator +calls +ms +share$/m);
    assert.match(stdout, /^grad\/h\.\*/m);
  });

  it('keeps a checkpoint when interrupted, exits with 130, and resumes', async () => {
    const out = join(folder, 'interrupted');
    let seen = '';
    const interrupted = await cloze(trainArguments(out, 1_000_000), {
      onStdout: (text, child) => {
        if (!seen.includes('"step":3') && (seen += text).includes('"step":3')) child.kill('SIGINT');
      },
    });
    assert.equal(interrupted.code, 130);
    const done = jsonLines(interrupted.stdout).at(-1)!;
    assert.deepEqual([done.event, done.reason], ['done', 'stopped']);
    assert.ok(existsSync(join(out, 'checkpoints', 'last', 'model.safetensors')));

    seen = '';
    const resumed = await cloze(['resume', out, '--json'], {
      onStdout: (text, child) => {
        if (!seen.includes('"event":"step"') && (seen += text).includes('"event":"step"'))
          child.kill('SIGINT');
      },
    });
    assert.equal(resumed.code, 130);
    const [start, first] = jsonLines(resumed.stdout);
    assert.deepEqual(
      [start!.resumed, start!.step, first!.step],
      [true, done.step, (done.step as number) + 1],
    );
  });

  it('keeps a checkpoint when nobody reads its events any more', async () => {
    const out = join(folder, 'unread');
    const { code } = await cloze(trainArguments(out, 1_000_000), {
      onStdout: (_, child) => child.stdout?.destroy(),
    });
    assert.equal(code, 130);
    assert.ok(existsSync(join(out, 'checkpoints', 'last', 'model.safetensors')));
  });
});

describe('cloze train, called wrongly', () => {
  const train = (...more: string[]) =>
    cloze([
      'train',
      '--data',
      'worker/base',
      '--model',
      'gpt-nano',
      '--out',
      'runs/never',
      '--json',
      ...more,
    ]);
  const errorOf = (result: CommandResult) => jsonOf(result).error as { message: string; hint: string };

  it('names the setting that was probably meant', async () => {
    const result = await train('--set', 'model.leyers=2');
    assert.equal(result.code, 2);
    assert.match(errorOf(result).hint, /model\.layers/);
  });

  it('names the file and the field of a wrong configuration', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cloze-config-'));
    const config = join(folder, 'settings.json');
    writeFileSync(config, '{"training": {"steps": "many"}}');
    const result = await train('--config', config);
    rmSync(folder, { recursive: true });
    assert.notEqual(result.code, 0);
    assert.match(errorOf(result).message, /settings\.json.*training\.steps/);
  });

  it('refuses a value of the wrong kind, and an unknown provider, model or tokenizer', async () => {
    const wrong = [
      ['--set', 'training.lr=x'],
      ['--provider', 'abacus'],
      ['--tokenizer', 'no-such-folder'],
    ];
    for (const args of wrong) {
      const result = await train(...args);
      assert.equal(result.code, 2, result.stdout);
      assert.match(errorOf(result).message, new RegExp(args[1]!.replace('training.lr=', '')));
    }
    assert.match(errorOf(await train('--provider', 'abacus')).message, /auto, cpu, webgpu/);
    assert.ok(!existsSync('runs/never'));
  });
});
