/**
 * What an adapter is worth beside training all weights: a gpt-mini that has read ESLint's source goes on with Zod's, whole
 * and with LoRA, for the same steps. Losses and next lines on files of Zod that nothing was trained on:
 * `node --import tsx bench/lora.ts`.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { globbySync } from 'globby';
import { Random } from '../worker/base/random.ts';
import { generate } from '../worker/generation/generate.ts';
import { GenerationSchema } from '../worker/generation/settings.ts';
import { type RunEvent, RunEventSchema } from '../worker/protocol/events.ts';
import { evaluate } from '../worker/services/evaluate.ts';
import { OpenTextModel } from '../worker/services/text-model.ts';
import { machine, median, megabytes, ms, printTable, ratio } from './support.ts';

const CLI = fileURLToPath(new URL('../worker/cli/main.ts', import.meta.url));
const MODULES = fileURLToPath(new URL('../node_modules', import.meta.url));

const FIRST = join(MODULES, 'eslint/lib');
const READING = ['model.context=128', 'training.batch=8', 'training.steps=1500', 'training.lr=1e-3'];
const ADAPTING = ['training.context=128', 'training.batch=8', 'training.steps=500', 'training.evalEvery=100'];
/** Each with the rate that is usual for it. */
const ALL_WEIGHTS = [...ADAPTING, 'training.lr=3e-4'];
const ADAPTER = [...ADAPTING, 'training.lr=3e-3', 'lora.rank=16', 'lora.alpha=32'];

/** Lines that are to be continued, and how many characters before them are shown: what leaves room in the context. */
const LINES = 200;
const SHOWN = 250;

// the files of locales are one and the same but for their words
const source = globbySync('zod/src/**/*.ts', {
  cwd: MODULES,
  ignore: ['**/tests/**', '**/locales/**'],
}).sort();
const heldOut = source.filter((_, i) => i % 6 === 3).map((path) => join(MODULES, path));
const second = source.filter((_, i) => i % 6 !== 3).map((path) => join(MODULES, path));

interface Trained {
  readonly events: readonly RunEvent[];
  readonly stepMs: number;
  readonly memoryBytes: number;
}

/** Trains in a process of its own, whose memory is that of the run alone. */
function train(args: readonly string[], settings: readonly string[]): Trained {
  process.stderr.write(`cloze train ${args.filter((arg) => !arg.includes('/src/')).join(' ')}\n`);
  const child = spawnSync(
    process.execPath,
    [
      ...['--import', 'tsx', CLI, 'train', '--json', ...args],
      ...['--provider', 'cpu', '--threads', '2', '--set', ...settings],
    ],
    { encoding: 'utf8', maxBuffer: 1 << 28 },
  );
  if (child.status !== 0) throw new Error(child.stderr);
  const events = child.stdout
    .trim()
    .split('\n')
    .map((line) => RunEventSchema.parse(JSON.parse(line)));
  const steps = events.filter((event) => event.event === 'step');
  return {
    events,
    stepMs: median(steps.map(({ stepMs }) => stepMs)),
    memoryBytes: Math.max(...steps.map(({ memoryBytes }) => memoryBytes)),
  };
}

/** The share of lines that a model writes exactly as they stand, greedily. */
async function nextLines(path: string): Promise<number> {
  const model = await OpenTextModel.open({ model: path, provider: 'cpu' });
  const random = new Random(1, 'lines');
  const texts = heldOut.map((file) => readFileSync(file, 'utf8'));
  const settings = GenerationSchema.parse({ temperature: 0, maxTokens: 48, stop: ['\n'] });
  let right = 0;
  for (let i = 0; i < LINES; i++) {
    const { before, line } = drawLine(texts[random.integer(texts.length)]!, random);
    for await (const event of generate(model.text, before, settings)) {
      if (event.type === 'done' && event.text.trim() === line.trim()) right++;
    }
  }
  await model.close();
  return right / LINES;
}

/** A line that is no comment and has a few words, and what stands before it. */
function drawLine(text: string, random: Random): { before: string; line: string } {
  const lines = text.split('\n');
  for (;;) {
    const at = 1 + random.integer(lines.length - 1);
    const line = lines[at]!;
    if (line.trim().length < 12 || /^\s*(\/\/|\*|\/\*)/.test(line)) continue;
    return { before: `${lines.slice(0, at).join('\n')}\n`.slice(-SHOWN), line };
  }
}

const root = mkdtempSync(join(tmpdir(), 'cloze-lora-'));
try {
  const [base, full, adapter] = ['base', 'full', 'adapter'].map((name) => join(root, name)) as [
    string,
    string,
    string,
  ];
  train(['--data', FIRST, '--model', 'gpt-mini', '--tokenizer', 'bpe:4096', '--out', base], READING);
  const whole = train(['--data', ...second, '--model', base, '--out', full], ALL_WEIGHTS);
  const lora = train(['--data', ...second, '--model', base, '--out', adapter, '--lora'], ADAPTER);
  const measured = [];
  for (const path of [base, full, adapter]) {
    const { loss } = await evaluate({ model: path, data: heldOut, provider: 'cpu', context: 128 });
    measured.push({ loss, lines: await nextLines(path) });
  }
  const [before, all, adapted] = measured as [Measured, Measured, Measured];
  const start = lora.events.find((event) => event.event === 'start')!;
  const share = start.trainable! / start.parameters;
  const row = (name: string, { loss, lines }: Measured, run?: Trained): string[] => [
    name,
    loss.toFixed(4),
    `${(100 * lines).toFixed(1)} %`,
    run === undefined ? '' : ms(run.stepMs),
    run === undefined ? '' : megabytes(run.memoryBytes),
  ];
  process.stdout.write(
    `${machine()}, 2 threads; ${second.length} files of Zod, ${heldOut.length} held out\n`,
  );
  printTable('gpt-mini from ESLint to Zod', [
    ['', 'loss on held-out files', 'next lines right', 'ms a step', 'resident'],
    row('before', before),
    row('all weights', all, whole),
    row('LoRA of rank 16', adapted, lora),
  ]);
  process.stdout.write(
    `the adapter has ${(100 * share).toFixed(2)} % of the parameters (goal: under 2 %), and takes ${ratio(lora.stepMs / whole.stepMs)} of the time and ` +
      `${ratio(lora.memoryBytes / whole.memoryBytes)} of the memory; the loss falls by ${ratio((before.loss - adapted.loss) / (before.loss - all.loss))} of what it falls by with all weights (goal: 0.6)\n`,
  );
} finally {
  rmSync(root, { recursive: true });
}

interface Measured {
  readonly loss: number;
  readonly lines: number;
}
