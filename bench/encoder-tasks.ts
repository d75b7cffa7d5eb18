/**
 * Tagging and question answering on ESLint's source: what each name in a function is, and what a comment says of the
 * parameters. A bert-tiny that has read other packages' code, the same from scratch, and what needs no network:
 * `node --import tsx bench/encoder-tasks.ts`.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { QuestionExample, TagExample } from '../worker/data/labelled/examples.ts';
import { answerReport } from '../worker/metrics/answers.ts';
import { entityReport } from '../worker/metrics/entities.ts';
import { RunFolder } from '../worker/training/record.ts';
import type { TrainingOptions } from '../worker/training/settings.ts';
import { machine, printTable } from './support.ts';
import { eslintSource } from './tasks/eslint-source.ts';
import { identifierKinds } from './tasks/identifier-kinds.ts';
import { jsdocQuestions } from './tasks/jsdoc-questions.ts';
import { FITTING, READING, SMALL_ENCODER, THREADS, trainAndReport, type Trained } from './tasks/trained.ts';

const MODEL = 'bert-tiny';
const SHAPE = { context: 192, ...SMALL_ENCODER };
/** Read before: code of other packages, so that nothing of what is tested is known. */
const READ = [
  '@typescript-eslint',
  '@eslint',
  'zod',
  'commander',
  'axe-core',
  'globby',
  'fast-glob',
  'espree',
  'esquery',
];

const PRETRAINING: TrainingOptions = {
  steps: 6000,
  batch: 16,
  context: 128,
  lr: 3e-3,
  evalEvery: 1500,
  evalBatches: 50,
};
const FITTED: TrainingOptions = { batch: 16, context: 192 };

type Scores = Readonly<Record<string, number>>;

interface Task<E> {
  readonly objective: 'tag' | 'qa';
  readonly title: string;
  readonly lines: readonly object[];
  readonly training: TrainingOptions;
  /** Scores on the test examples of what needs no network. */
  readonly baseline: (known: readonly E[], test: readonly E[]) => Scores;
  readonly baselineName: string;
  readonly columns: readonly string[];
}

const source = eslintSource();

const tagging: Task<TagExample> = {
  objective: 'tag',
  title: 'what each name in a function is',
  lines: identifierKinds(source),
  training: { ...FITTED, steps: 900, lr: 5e-4, evalEvery: 150 },
  baselineName: 'the most frequent tag of the word',
  baseline: (known, test) => {
    const usual = mostFrequentTags(known);
    const predicted = test.map(({ tokens }) =>
      tokens.map((token) => usual.get(token) ?? (/^[\w$]+$/.test(token) ? 'B-PARAMETER' : 'O')),
    );
    const { f1, precision, recall, macroF1 } = entityReport(
      test.map(({ tags }) => tags),
      predicted,
    );
    return { f1, precision, recall, macroF1 };
  },
  columns: ['f1', 'precision', 'recall', 'macroF1'],
};

const answering: Task<QuestionExample> = {
  objective: 'qa',
  title: 'what a comment says of the parameters',
  lines: jsdocQuestions(source),
  training: { ...FITTED, steps: 3000, lr: 1e-3, evalEvery: 300 },
  baselineName: 'the first type, the first meaning',
  baseline: (_, test) => {
    const { exactMatch, f1 } = answerReport(
      test.map(({ question, context, answers }) => {
        const first = /@param \{([^{}]+)\} \S+ +([^\n]+)/.exec(context);
        const predicted = first?.[question.startsWith('What type') ? 1 : 2] ?? '';
        return { predicted, answers: answers.map(({ text }) => text) };
      }),
    );
    return { exactMatch, f1 };
  },
  columns: ['exactMatch', 'f1', 'exactMatch, with answer', 'exactMatch, without'],
};

function mostFrequentTags(examples: readonly TagExample[]): Map<string, string> {
  const counts = new Map<string, Map<string, number>>();
  for (const { tokens, tags } of examples) {
    for (const [i, token] of tokens.entries()) {
      const ofToken = counts.get(token) ?? new Map<string, number>();
      counts.set(token, ofToken.set(tags[i]!, (ofToken.get(tags[i]!) ?? 0) + 1));
    }
  }
  const most = (tags: Map<string, number>): string => [...tags].sort((a, b) => b[1] - a[1])[0]![0];
  return new Map([...counts].map(([token, tags]) => [token, most(tags)]));
}

async function compare<E>(root: string, pretrained: string, task: Task<E>): Promise<void> {
  const data = join(root, `${task.objective}.jsonl`);
  writeFileSync(data, task.lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const train = (name: string, model: string, shape: Readonly<Record<string, unknown>>): Promise<Trained> =>
    trainAndReport({
      objective: task.objective,
      data: [data],
      model,
      tokenizer: new RunFolder(pretrained).tokenizerPath,
      out: join(root, `${task.objective}-${name}`),
      settings: { model: shape, training: task.training },
    });
  const tuned = await train('tuned', pretrained, FITTING);
  const scratch = await train('scratch', MODEL, { ...SHAPE, ...FITTING });
  const kept = readFileSync(new RunFolder(join(root, `${task.objective}-tuned`)).examplesPath, 'utf8');
  const { train: learned, validation, test } = JSON.parse(kept) as Record<string, E[]>; // as the run wrote it
  const row = (name: string, scores: Scores, seconds?: number): string[] => [
    name,
    ...task.columns.map((column) => scores[column]?.toFixed(3) ?? ''),
    seconds?.toFixed(0) ?? '',
  ];
  printTable(`${task.title}: ${task.lines.length} examples of ESLint's source, ${test!.length} to test`, [
    ['', ...task.columns, 'seconds'],
    row(task.baselineName, task.baseline([...learned!, ...validation!], test!)),
    row(`${MODEL}, pre-trained`, tuned.report!.model, tuned.seconds),
    row(`${MODEL}, from scratch`, scratch.report!.model, scratch.seconds),
  ]);
}

const modules = fileURLToPath(new URL('../node_modules', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'cloze-tasks-'));
try {
  const pretrained = join(root, 'mlm');
  const { seconds } = await trainAndReport({
    objective: 'mlm',
    data: READ.map((name) => join(modules, name)),
    model: MODEL,
    tokenizer: 'wordpiece:8192',
    out: pretrained,
    settings: { model: { ...SHAPE, ...READING }, training: PRETRAINING },
  });
  process.stdout.write(`${machine()}, ${THREADS} threads; pre-training: ${seconds.toFixed(0)} s\n`);
  await compare(root, pretrained, tagging);
  await compare(root, pretrained, answering);
} finally {
  rmSync(root, { recursive: true });
}
