/**
 * Whether a BERT that has read the SpamAssassin mails tells spam better than one from scratch, and than TF-IDF with
 * logistic regression: `node --import tsx bench/spam.ts [SEED...]`, after bench/spam/setup.sh. A seed makes the split (a
 * fifth to test), the weights and the batches; what is tested is read by nothing before.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stratifiedSplit } from '../worker/data/labelled/split.ts';
import { classifyTask } from '../worker/services/labelled-classify.ts';
import { RunFolder } from '../worker/training/record.ts';
import type { RunReport } from '../worker/training/report.ts';
import type { TrainingOptions } from '../worker/training/settings.ts';
import { machine, printTable } from './support.ts';
import { type Mail, readMails } from './tasks/mails.ts';
import { FITTING, READING, SMALL_ENCODER, THREADS, trainAndReport, type Trained } from './tasks/trained.ts';

const MODEL = 'bert-tiny';
const SHAPE = { context: 256, ...SMALL_ENCODER };
const SHARES = { testFraction: 0.2, validationFraction: 0.1 };
const PRETRAINING: TrainingOptions = {
  steps: 6000,
  batch: 16,
  context: 128,
  lr: 3e-3,
  evalBatches: 50,
  evalEvery: 1500,
  checkpointEvery: 1500,
};
const FINE_TUNING: TrainingOptions = {
  steps: 1000,
  batch: 16,
  context: 256,
  lr: 5e-4,
  evalEvery: 100,
  ...SHARES,
};

/** One file a mail of those that a classifier with this seed trains on. */
function writeTrainingMails(folder: string, mails: readonly Mail[], seed: number): void {
  const shares = { seed, validation: SHARES.validationFraction, test: SHARES.testFraction };
  const items = classifyTask.splitItems(mails.map((mail) => ({ ...mail, where: '' })));
  const { train } = stratifiedSplit(items, shares);
  mkdirSync(folder);
  for (const index of train) writeFileSync(join(folder, `${index}.txt`), mails[index]!.text);
}

async function compare(folder: string, mails: readonly Mail[], seed: number): Promise<string[][]> {
  const [labelled, texts, pretrained] = [
    join(folder, 'mails.jsonl'),
    join(folder, 'texts'),
    join(folder, 'mlm'),
  ];
  mkdirSync(folder);
  writeFileSync(labelled, mails.map((mail) => `${JSON.stringify(mail)}\n`).join(''));
  writeTrainingMails(texts, mails, seed);
  const settings = (training: TrainingOptions, model = {}) => ({ model, training: { ...training, seed } });

  const reading = await trainAndReport({
    objective: 'mlm',
    data: [texts],
    model: MODEL,
    tokenizer: 'wordpiece:8192',
    out: pretrained,
    settings: settings(PRETRAINING, { ...SHAPE, ...READING }),
  });
  const fineTune = (
    name: string,
    model: string,
    shape: Readonly<Record<string, unknown>>,
  ): Promise<Trained> =>
    trainAndReport({
      objective: 'classify',
      data: [labelled],
      model,
      tokenizer: new RunFolder(pretrained).tokenizerPath,
      out: join(folder, name),
      settings: settings(FINE_TUNING, shape),
    });
  const tuned = await fineTune('tuned', pretrained, FITTING);
  const scratch = await fineTune('scratch', MODEL, { ...SHAPE, ...FITTING });
  const row = (name: string, scores: RunReport['model'], seconds?: number): string[] => [
    String(seed),
    name,
    ...[scores.macroF1!, scores.accuracy!, scores.matthews!].map((score) => score.toFixed(4)),
    seconds?.toFixed(0) ?? '',
  ];
  return [
    row('TF-IDF, logistic regression', tuned.report!.baseline!),
    row(`${MODEL}, pre-trained`, tuned.report!.model, reading.seconds + tuned.seconds),
    row(`${MODEL}, from scratch`, scratch.report!.model, scratch.seconds),
  ];
}

const seeds = process.argv.slice(2).map(Number);
const mails = readMails();
const root = mkdtempSync(join(tmpdir(), 'cloze-spam-'));
try {
  const rows: string[][] = [];
  for (const seed of seeds.length === 0 ? [1, 2, 3] : seeds) {
    rows.push(...(await compare(join(root, String(seed)), mails, seed)));
  }
  printTable(`${mails.length} SpamAssassin mails (${machine()}, ${THREADS} threads)`, [
    ['seed', 'model', 'macro-F1', 'accuracy', 'Matthews', 'seconds'],
    ...rows,
  ]);
} finally {
  rmSync(root, { recursive: true });
}
