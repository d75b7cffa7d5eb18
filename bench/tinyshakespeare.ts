/**
 * Trains nanoGPT's CPU configuration on a text: `node --import tsx bench/tinyshakespeare.ts TEXTFILE [SEEDS] [STEPS]`,
 * 3 seeds and 2000 steps unless told otherwise. On Tiny Shakespeare nanoGPT's README gives 1.88 for the validation loss,
 * of some random batches; here it is that of the whole last tenth of the text.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTraining } from '../worker/services/train.ts';
import { machine, printTable } from './support.ts';

/** Validation loss in nats a character, https://github.com/karpathy/nanoGPT. */
const NANOGPT_LOSS = 1.88;

interface Trained {
  readonly seed: number;
  readonly loss: number;
  readonly seconds: number;
}

const [text, ...counts] = process.argv.slice(2);
const [seeds = 3, steps = 2000] = counts.map(Number);
if (text === undefined || ![seeds, steps].every((count) => Number.isInteger(count) && count > 0)) {
  process.stderr.write('usage: node --import tsx bench/tinyshakespeare.ts TEXTFILE [SEEDS=3] [STEPS=2000]\n');
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), 'cloze-bench-'));
process.env.CLOZE_CACHE = join(folder, 'cache');
try {
  const runs: Trained[] = [];
  for (let seed = 1; seed <= seeds; seed++) runs.push(await train(text, seed));
  report(runs);
} finally {
  rmSync(folder, { recursive: true });
}

async function train(data: string, seed: number): Promise<Trained> {
  const { valLoss, seconds } = await startTraining(
    {
      data: [data],
      model: 'gpt-micro',
      tokenizer: 'char',
      out: join(folder, `seed-${seed}`),
      provider: 'cpu',
      settings: {
        model: { layers: 4, heads: 4, width: 128, context: 64, bias: 'none' },
        training: {
          seed,
          steps,
          batch: 12,
          order: 'random',
          validationFraction: 0.1,
          lr: 1e-3,
          minLr: 1e-4,
          schedule: 'cosine',
          warmup: Math.min(100, steps),
          beta1: 0.9,
          beta2: 0.99,
          weightDecay: 0.1,
          clip: 1,
          evalEvery: 0,
          evalBatches: 0,
          checkpointEvery: 0,
        },
      },
    },
    {
      onEvent(event) {
        if (event.event === 'step' && event.step % 250 === 0)
          process.stderr.write(`seed ${seed}: step ${event.step}, loss ${event.loss.toFixed(3)}\n`);
      },
    },
  );
  if (valLoss === undefined) throw new Error('the run ended without its evaluation');
  return { seed, loss: valLoss, seconds };
}

function report(runs: readonly Trained[]): void {
  const mean = runs.reduce((sum, { loss }) => sum + loss, 0) / runs.length;
  const rows = runs.map(({ seed, loss, seconds }) => [String(seed), loss.toFixed(4), seconds.toFixed(0)]);
  printTable(`Validation loss after ${steps} steps, nats a character (${machine()})`, [
    ['seed', 'loss', 'seconds'],
    ...rows,
    ['mean', mean.toFixed(4), ''],
    ['nanoGPT', String(NANOGPT_LOSS), ''],
  ]);
}
