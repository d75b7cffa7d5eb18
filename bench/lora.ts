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
import { editDistance } from '../worker/base/edit-distance.ts';
import { Random } from '../worker/base/random.ts';
import { type RunEvent, RunEventSchema } from '../worker/protocol/events.ts';
import { completeWith } from '../worker/services/complete.ts';
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

/** Lines that are to be completed, and tokens that a completion has at most: what leaves room in the context. */
const LINES = 200;
const MAX_TOKENS = 32;

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

/** A line of a file, and what is around it. */
interface Line {
  readonly before: string;
  readonly line: string;
  readonly after: string;
}

/** Lines that are no comments and have a few words, the same each time. */
function drawLines(): Line[] {
  const random = new Random(1, 'lines');
  const texts = heldOut.map((file) => readFileSync(file, 'utf8'));
  return Array.from({ length: LINES }, () => drawLine(texts[random.integer(texts.length)]!, random));
}

function drawLine(text: string, random: Random): Line {
  const lines = text.split('\n');
  for (;;) {
    const at = random.integer(lines.length);
    const line = lines[at]!.trimEnd();
    if (line.trim().length < 12 || /^\s*(\/\/|\*|\/\*)/.test(line)) continue;
    const around = [lines.slice(0, at), lines.slice(at + 1)].map((part) => part.join('\n'));
    return { before: at === 0 ? '' : `${around[0]!}\n`, line, after: `\n${around[1]!}` };
  }
}

/** How much of a line is there when the model is asked to complete it. */
const GIVEN = {
  /** What an editor puts there by itself. */
  indentation: (line: string): number => line.length - line.trimStart().length,
  half: (line: string): number => Math.ceil((GIVEN.indentation(line) + line.length) / 2),
} as const;

/** As CodeXGLUE (Lu et al. 2021) scores completed lines. */
interface LineScores {
  /** Share of them that are written as they stand. */
  readonly exact: number;
  /** Mean of one less the edit distance beside the longer text, from 0 to 1. */
  readonly similarity: number;
}

/** Completes each line as the editor would ask for it. */
async function completeLines(
  model: OpenTextModel,
  lines: readonly Line[],
  given: keyof typeof GIVEN,
): Promise<LineScores> {
  let [exact, similarity] = [0, 0];
  for (const { before, line, after } of lines) {
    const cursor = GIVEN[given](line);
    const { text } = await completeWith(
      model,
      {
        model: model.description.folder,
        ...{ prefix: before + line.slice(0, cursor), suffix: after, lines: 'single' },
        settings: { maxTokens: MAX_TOKENS },
      },
      {},
    );
    const [written, expected] = [text.trim(), line.slice(cursor).trim()];
    if (written === expected) exact++;
    similarity += 1 - editDistance(written, expected) / Math.max(written.length, expected.length);
  }
  return { exact: exact / lines.length, similarity: similarity / lines.length };
}

interface Measured {
  readonly loss: number;
  readonly whole: LineScores;
  readonly rest: LineScores;
}

async function measure(path: string, lines: readonly Line[]): Promise<Measured> {
  const { loss } = await evaluate({ model: path, data: heldOut, provider: 'cpu', context: 128 });
  const model = await OpenTextModel.open({ model: path, provider: 'cpu' });
  const whole = await completeLines(model, lines, 'indentation');
  const rest = await completeLines(model, lines, 'half');
  await model.close();
  return { loss, whole, rest };
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
  const lines = drawLines();
  const before = await measure(base, lines);
  const all = await measure(full, lines);
  const adapted = await measure(adapter, lines);
  const start = lora.events.find((event) => event.event === 'start')!;
  const share = start.trainable! / start.parameters;
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  const scores = ({ exact, similarity }: LineScores): string => `${percent(exact)} (${percent(similarity)})`;
  const row = (name: string, { loss, whole: line, rest }: Measured, run?: Trained): string[] => [
    name,
    loss.toFixed(4),
    scores(line),
    scores(rest),
    run === undefined ? '' : ms(run.stepMs),
    run === undefined ? '' : megabytes(run.memoryBytes),
  ];
  process.stdout.write(
    `${machine()}, 2 threads; ${second.length} files of Zod, ${heldOut.length} held out\n`,
  );
  printTable('gpt-mini from ESLint to Zod', [
    ['', 'loss on held-out files', 'lines right (similar)', 'second halves', 'ms a step', 'resident'],
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
