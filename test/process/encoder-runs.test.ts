/** Encoders trained through the command line: from text, then on labels; stopped, resumed, and asked badly. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Random } from '../../worker/base/random.ts';
import { cloze, type CommandResult, jsonLines } from './command.ts';

const WORKSPACE = fileURLToPath(new URL('../fixtures/workspace', import.meta.url));
const SMALL = ['model.layers=1', 'model.width=32', 'model.heads=2', 'model.context=64'];
const SHORT = ['training.batch=8', 'training.context=32', 'training.warmup=5', 'training.lr=3e-3'];
const NAMES = ['Ada', 'Boole', 'Curry', 'Dijkstra', 'Euler'];
const PLACES = ['Athens', 'Bern', 'Cairo', 'Delhi'];

interface Training {
  readonly data: string;
  readonly model: string;
  readonly out: string;
  readonly set?: string[];
  readonly flags?: string[];
}

describe('an encoder', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cloze-encoder-'));
  const reader = join(folder, 'reader');
  const env = { CLOZE_CACHE: join(folder, 'cache') };
  const path = (name: string, text?: string): string => {
    const at = join(folder, name);
    if (text !== undefined) writeFileSync(at, text);
    return at;
  };
  const train = (
    objective: string,
    { data, model, out, set = [], flags = [] }: Training,
  ): Promise<CommandResult> =>
    cloze(
      [
        ...['train', '--json', '--objective', objective, '--data', data, '--model', model],
        ...['--out', join(folder, out), '--provider', 'cpu', ...flags, '--set', ...SHORT, ...set],
      ],
      { env },
    );
  before(async () => {
    const { code, stderr, stdout } = await cloze(
      [
        ...['train', '--json', '--data', WORKSPACE, '--model', 'bert-tiny', '--tokenizer', 'wordpiece:600'],
        ...['--out', reader, '--objective', 'mlm+nsp', '--provider', 'cpu'],
        ...['--set', ...SMALL, ...SHORT, 'training.steps=40', 'training.sampleEvery=40'],
      ],
      { env },
    );
    assert.equal(code, 0, stderr);
    const events = jsonLines(stdout);
    const { metrics } = events.findLast(({ event }) => event === 'eval') as { metrics: object };
    assert.deepEqual(Object.keys(metrics), ['mlmLoss', 'mlmAccuracy', 'nspLoss', 'nspAccuracy']);
    assert.match(String(events.find(({ event }) => event === 'sample')?.prompt), /\[MASK\]/);
  });
  after(() => rmSync(folder, { recursive: true }));

  it('learns to classify, and is tested beside the baseline on examples that it has not seen', async () => {
    const random = new Random(1, 'texts');
    const lines = Array.from({ length: 240 }, (_, i) => {
      const label = i % 2 === 0 ? 'loan' : 'return';
      const word = label === 'loan' ? 'borrow' : 'bring';
      return JSON.stringify({ text: `${NAMES[random.integer(5)]} will ${word} book ${i}`, label });
    });
    const data = path('texts.jsonl', lines.join('\n'));
    const { code, stderr, stdout } = await train('classify', {
      ...{ data, model: reader, out: 'classifier' },
      set: ['training.steps=200', 'training.evalEvery=50', 'training.classWeights=balanced'],
    });
    assert.equal(code, 0, stdout + stderr);
    const { report } = jsonLines(stdout).find(({ event }) => event === 'report') as {
      report: { examples: number; model: Record<string, number>; baseline: Record<string, number> };
    };
    assert.equal(report.examples, 48);
    assert.equal(report.baseline.accuracy, 1);
    assert.ok(report.model.macroF1! > 0.9, JSON.stringify(report.model));

    const scored = await cloze(['eval', '--model', join(folder, 'classifier'), '--data', data, '--json'], {
      env,
    });
    assert.equal(scored.code, 0, scored.stdout + scored.stderr);
    const all = JSON.parse(scored.stdout) as typeof report;
    assert.equal(all.examples, 240);
    assert.ok(all.model.macroF1! > 0.9);
    assert.ok(!('baseline' in all)); // there is nothing that it could have learned from

    const adapted = await train('classify', {
      ...{ data, model: reader, out: 'adapted', flags: ['--lora'] },
      set: ['training.steps=200', 'training.evalEvery=50', 'lora.rank=4', 'training.lr=1e-2'],
    });
    assert.equal(adapted.code, 0, adapted.stdout + adapted.stderr);
    const best = join(folder, 'adapted/checkpoints/best');
    const peft = JSON.parse(readFileSync(join(best, 'adapter_config.json'), 'utf8')) as object;
    const saved = {
      task_type: 'SEQ_CLS',
      modules_to_save: ['classifier'],
      target_modules: ['query', 'value'],
    };
    assert.deepEqual({ ...peft, ...saved }, peft);
    const text = 'Ada will bring book 5';
    const labelled = await cloze(['classify', join(folder, 'adapted'), text, '--json'], { env });
    assert.equal(labelled.code, 0, labelled.stdout + labelled.stderr);
    assert.match(labelled.stdout, /"label":"return"/);

    const unknown = path('unknown.jsonl', lines.join('\n').replaceAll('"return"', '"renewal"'));
    const again = await train('classify', { data: unknown, model: join(folder, 'classifier'), out: 'again' });
    assert.equal(again.code, 1);
    assert.match(said(again), /unknown\.jsonl:\d+: the head has no class .*renewal/);
  });

  it('learns to tag, goes on from where it was stopped, and comes to the same end', async () => {
    const random = new Random(2, 'sentences');
    const sentences = Array.from({ length: 120 }, () => {
      const [name, place] = [NAMES[random.integer(5)]!, PLACES[random.integer(4)]!];
      return `${name} B-PER\nreads O\nin O\n${place} B-LOC\n. O\n`;
    });
    const data = path('sentences.conll', sentences.join('\n'));
    const options = { data, model: reader, set: ['training.steps=40', 'training.evalEvery=10'] };
    const whole = await train('tag', { ...options, out: 'tagger' });
    assert.equal(whole.code, 0, whole.stderr);
    const { report } = jsonLines(whole.stdout).find(({ event }) => event === 'report') as {
      report: { model: Record<string, number> };
    };
    assert.ok(report.model.f1! > 0.9, JSON.stringify(report.model));

    let stopped = false;
    const first = await cloze(
      [
        ...['train', '--json', '--objective', 'tag', '--data', data, '--model', reader, '--provider', 'cpu'],
        ...['--out', join(folder, 'halves'), '--set', ...SHORT, ...options.set],
      ],
      {
        env,
        onStdout: (text, child) => {
          if (stopped || !text.includes('"step":15,')) return;
          stopped = true;
          child.kill('SIGINT');
        },
      },
    );
    assert.equal(first.code, 130, first.stderr);
    writeFileSync(data, 'the file has changed meanwhile\n');
    const second = await cloze(['resume', join(folder, 'halves'), '--json'], { env });
    assert.equal(second.code, 0, second.stderr);
    const losses = (out: string): unknown[] =>
      jsonLines(readFileSync(join(folder, out, 'metrics.jsonl'), 'utf8'))
        .filter(({ event }) => event === 'step')
        .map(({ loss }) => loss);
    assert.deepEqual(losses('halves'), losses('tagger'));
  });

  it('learns to answer questions, those without an answer among them', async () => {
    const random = new Random(3, 'questions');
    const lines = Array.from({ length: 120 }, (_, i) => {
      const [name, place] = [NAMES[random.integer(5)]!, PLACES[random.integer(4)]!];
      const context = `Book ${i} was lent to ${name} who lives in ${place} .`;
      const texts = i % 6 === 0 ? [] : [place];
      const answers = { text: texts, answer_start: texts.map((text) => context.indexOf(text)) };
      const question = texts.length === 0 ? 'What does it cost ?' : 'Where does the reader live ?';
      return JSON.stringify({ id: String(i), question, context, answers });
    });
    const data = path('questions.jsonl', lines.join('\n'));
    const { code, stderr, stdout } = await train('qa', {
      ...{ data, model: reader, out: 'answerer' },
      set: ['training.steps=120', 'training.context=48', 'training.evalEvery=60'],
    });
    assert.equal(code, 0, stdout + stderr);
    const { report } = jsonLines(stdout).find(({ event }) => event === 'report') as {
      report: { model: Record<string, number> };
    };
    assert.ok(report.model.f1! > 0.6, JSON.stringify(report.model));
  });

  it('says what can not be learned, and why', async () => {
    const decoder = await train('mlm', { data: WORKSPACE, model: 'gpt-nano', out: 'x' });
    assert.match(said(decoder), /gpt-nano is a decoder, it can not learn mlm, only clm/);
    const encoder = await train('clm', { data: WORKSPACE, model: 'bert-tiny', out: 'x' });
    assert.match(said(encoder), /bert-tiny is an encoder, it can not learn clm/);
    const data = path('columns.conll', 'Ada X B-PER\nreads O\n');
    const columns = await train('tag', { data, model: reader, out: 'x' });
    assert.match(said(columns), /columns\.conll:2: /);
    const one = path(
      'one.jsonl',
      '{"text":"a","label":"x"}\n{"text":"b","label":"x"}\n{"text":"c","label":"x"}\n',
    );
    const single = await train('classify', { data: one, model: reader, out: 'x' });
    assert.match(said(single), /expected at least 2 classes, got .*x/);
    const pattern = await train('classify', {
      data: path('a.jsonl', '').replace('a.', '*.'),
      model: reader,
      out: 'x',
    });
    assert.match(said(pattern), /expected a file of labelled examples, got the pattern /);
    const few = path('few');
    mkdirSync(few);
    for (let i = 0; i < 4; i++) path(`few/${i}.txt`, `Ada ${i} reads. Bob writes ${i}.\n`.repeat(60));
    const pairs = await train('mlm+nsp', { data: few, model: 'bert-tiny', out: 'x' });
    assert.match(said(pairs), /documents/); // one document is held out, and next sentences come from two
    assert.doesNotMatch(said(pairs), /"event":"step"/);
    const away = path(
      'away.jsonl',
      '{"id":"q7","question":"who","context":"Ada","answers":{"text":["Bob"],"answer_start":[0]}}\n',
    );
    const absent = await train('qa', { data: away, model: reader, out: 'x' });
    assert.match(said(absent), /q7/);
  });
});

/** With --json problems are on stdout. */
function said({ stdout, stderr }: CommandResult): string {
  return stdout + stderr;
}
