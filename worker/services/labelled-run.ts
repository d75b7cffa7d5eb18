/** Runs that learn from labelled examples. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { ClozeError } from '../base/errors.ts';
import { writeFileAtomic } from '../base/files.ts';
import { stratifiedSplit } from '../data/labelled/split.ts';
import type { BertConfig } from '../models/bert-config.ts';
import { requireEncoder } from '../models/config.ts';
import type { TrainedModel } from '../models/lora.ts';
import { encoderSpecials } from '../tokenizers/pairs.ts';
import type { AnyTokenizer } from '../tokenizers/tokenizer-json.ts';
import type { Scorer } from '../training/objective.ts';
import { exampleBatches, labelledObjective } from '../training/objectives/labelled.ts';
import type { RunFolder, RunRecord } from '../training/record.ts';
import type { RunReport } from '../training/report.ts';
import type { TrainingSettings } from '../training/settings.ts';
import type { Trainer } from '../training/trainer.ts';
import { answerTask } from './labelled-answer.ts';
import { classifyTask } from './labelled-classify.ts';
import { tagTask } from './labelled-tag.ts';
import type { LabelledTask, Sides, TaskRows } from './labelled-task.ts';
import { configFor, type LabelledObjective } from './objectives.ts';
import type { RunRequest } from './prepare-run.ts';
import type { PreparedRun } from './prepared-run.ts';
import { adapterFor, recordedAdapter } from './training-adapter.ts';
import { type TrainingModel, withVocabulary } from './training-model.ts';
import { makeTokenizer, type TokenizerOptions } from './training-tokenizer.ts';

/** Runs `body` with the task of an objective, whatever its examples are. */
export function withTask<T>(
  objective: LabelledObjective,
  body: <E, S extends Scorer>(task: LabelledTask<E, S>) => T,
): T {
  switch (objective) {
    case 'classify':
      return body(classifyTask);
    case 'tag':
      return body(tagTask);
    case 'qa':
      return body(answerTask);
  }
}

/** See `prepareRun`. */
export function prepareLabelled(
  request: RunRequest & { readonly objective: LabelledObjective },
  hooks: TokenizerOptions,
  check: (model: TrainedModel) => void,
): Promise<PreparedRun> {
  return withTask(request.objective, async (task) => {
    const { model, settings, lora, choice, objective } = request;
    const paths = request.paths.map(labelledFile);
    const sides = split(
      paths.flatMap((path) => task.read(path)),
      task,
      settings,
    );
    const learned = (): Iterable<string> => sides.train.flatMap((example) => task.texts(example));
    const tokenizer = await makeTokenizer(choice, { train: learned, all: learned }, model, hooks);
    const classes = classesFor(
      model,
      objective,
      task.classes([...sides.train, ...sides.validation, ...sides.test]),
    );
    task.requireLearnable(sides.train, classes);
    const config = configFor(withVocabulary(model, tokenizer.vocabSize, tokenizer), objective, classes);
    const adapter = adapterFor(model, lora, config);
    check({ config, adapter });
    const run = await labelledRun({ task, sides, tokenizer, config, adapter, settings }, hooks);
    return { ...run, data: dataRecord(paths, sides, run) };
  });
}

/** See `takeUpRun`. */
export function takeUpLabelled(
  folder: RunFolder,
  record: RunRecord & { readonly objective: LabelledObjective },
  tokenizer: AnyTokenizer,
  hooks: TokenizerOptions,
): Promise<PreparedRun> {
  return withTask(record.objective, async <E, S extends Scorer>(task: LabelledTask<E, S>) => {
    const sides = readSides<E>(folder, record);
    const { config } = record.model;
    const adapter = recordedAdapter(record.model);
    const run = await labelledRun(
      { task, sides, tokenizer, config, adapter, settings: record.training },
      hooks,
    );
    return { ...run, data: record.data };
  });
}

/** Labelled data is named file by file. Throws `usage` for a pattern. */
function labelledFile(path: string): string {
  if (existsSync(path) || !/^!|[*?[{]/.test(path)) return resolve(path);
  throw new ClozeError('usage', `expected a file of labelled examples, got the pattern ${path}`, {
    hint: 'name each file; an unquoted pattern is expanded by the shell',
  });
}

/** A model that has the head already keeps its classes; another one takes those of the data. */
function classesFor(
  { pretrained, config }: TrainingModel,
  objective: LabelledObjective,
  found: readonly string[],
): readonly string[] {
  const known = pretrained && 'head' in config && config.head === objective ? config.labels : [];
  return known.length > 0 ? known : found;
}

function split<E, S extends Scorer>(
  examples: readonly E[],
  task: LabelledTask<E, S>,
  { seed, validationFraction, testFraction }: TrainingSettings,
): Sides<E[]> {
  const items = task.splitItems(examples);
  const shares = { seed, validation: validationFraction, test: testFraction };
  const { train, validation, test } = stratifiedSplit(items, shares);
  const distinct = new Set(items.map(({ key }) => key)).size;
  const of = (indices: readonly number[]): E[] => indices.map((index) => examples[index]!);
  if (train.length === 0 || validation.length === 0) {
    throw new ClozeError(
      'data',
      `too few different examples to train on some and validate with others: ${distinct}`,
      {
        hint: 'add examples; in columns, an empty line ends a sentence',
        details: { examples: examples.length },
      },
    );
  }
  return { train: of(train), validation: of(validation), test: of(test) };
}

interface LabelledParts<E, S extends Scorer> extends TrainedModel {
  readonly task: LabelledTask<E, S>;
  readonly sides: Sides<readonly E[]>;
  readonly tokenizer: AnyTokenizer;
  readonly settings: TrainingSettings;
}

async function labelledRun<E, S extends Scorer>(
  { task, sides, tokenizer, config, adapter, settings }: LabelledParts<E, S>,
  { signal, onProgress, onNote }: TokenizerOptions,
): Promise<Omit<PreparedRun, 'data'>> {
  const encoder: BertConfig = requireEncoder(config, 'the model');
  const classes = encoder.labels;
  const { context: maxLength, stride, batch, seed } = settings;
  const encoding = { tokenizer, special: encoderSpecials(tokenizer), maxLength, stride };
  const total = sides.train.length + sides.validation.length + sides.test.length;
  const rowsAfter = (before: number, examples: readonly E[]): Promise<TaskRows<S>> => {
    const onEncoded = (done: number): void => onProgress?.({ phase: 'encoding', done: before + done, total });
    return task.rows(examples, classes, { ...encoding, signal, onEncoded });
  };
  const train = await rowsAfter(0, sides.train);
  const validation = await rowsAfter(sides.train.length, sides.validation);
  const test = await rowsAfter(total - sides.test.length, sides.test);
  if (train.cut !== undefined) onNote?.(train.cut);
  const classWeights =
    settings.classWeights === 'balanced' ? task.balanced?.(sides.train, classes) : undefined;
  const objective = labelledObjective(encoder, { train, validation }, { ...settings, classWeights, adapter });
  const report = async (trainer: Trainer): Promise<RunReport> => {
    const scorer = test.scorer();
    await trainer.score(exampleBatches(test, { batch, seed, buckets: objective.lengths }), scorer);
    return task.report(scorer, sides, classes);
  };
  return {
    config,
    tokenizer,
    objective,
    keep: (folder) => writeFileAtomic(folder.examplesPath, `${JSON.stringify(sides)}\n`),
    sampler: () => undefined,
    report: sides.test.length === 0 ? undefined : report,
    close: () => undefined,
  };
}

function dataRecord<E>(
  paths: readonly string[],
  sides: Sides<readonly E[]>,
  { objective }: Pick<PreparedRun, 'objective'>,
): RunRecord['data'] {
  return {
    paths: [...paths],
    files: paths.length,
    bytes: paths.reduce((sum, path) => sum + statSync(path).size, 0),
    trainTokens: objective.tokens.train,
    validationTokens: objective.tokens.validation,
    leftOut: {},
    hash: hashOf(JSON.stringify(sides)),
  };
}

/** The examples that a run keeps. Throws `data` if they are not what it began with. */
function readSides<E>(folder: RunFolder, record: RunRecord): Sides<readonly E[]> {
  const path = folder.examplesPath;
  const text = existsSync(path) ? readFileSync(path, 'utf8').trimEnd() : '';
  if (hashOf(text) !== record.data.hash) {
    throw new ClozeError('data', `${path} does not hold the examples that the run began with`, {
      hint: 'put the run folder back as it was, or start a new run',
      details: { path },
    });
  }
  return JSON.parse(text) as Sides<readonly E[]>; // its hash says that this is what was written
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
