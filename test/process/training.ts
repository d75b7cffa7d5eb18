/** What the tests of training runs share: a small corpus, a tiny model, and processes that train it. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Random } from '../../worker/base/random.ts';
import { readModelFolder } from '../../worker/checkpoints/folder.ts';
import type { ResumeRequest, TrainRequest } from '../../worker/protocol/train.ts';
import { applySettings } from '../../worker/services/settings.ts';

const CHILD = fileURLToPath(new URL('./train-child.ts', import.meta.url));

/** A folder of the test's own, with a corpus in it. */
export function workplace(t: TestContext): { folder: string; data: string } {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'cloze-run-')));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const data = join(folder, 'corpus.txt');
  writeFileSync(data, corpus(4000));
  process.env.CLOZE_CACHE = join(folder, 'cache');
  return { folder, data };
}

/** Sums and their results: something to learn. */
export function corpus(lines: number, seed = 1): string {
  const random = new Random(seed, 'corpus');
  return Array.from({ length: lines }, () => {
    const [a, b] = [random.integer(10), random.integer(10)];
    return `${a} + ${b} = ${a + b}\n`;
  }).join('');
}

const TINY = ['model.layers=1', 'model.heads=2', 'model.width=16', 'model.context=16'];
const SHORT = ['training.batch=4', 'training.warmup=5', 'training.evalBatches=2'];

/** A run of a model of a few thousand parameters; 0.1 dropout, as that must resume too. */
export function tinyRun(data: string, out: string, assignments: readonly string[] = []): TrainRequest {
  const dropout = ['model.attentionDropout=0.1', 'model.residualDropout=0.1'];
  const settings = applySettings([...TINY, ...dropout, ...SHORT, ...assignments]);
  return { data: [data], model: 'gpt-nano', tokenizer: 'char', out, provider: 'cpu', settings };
}

export type Line = Readonly<Record<string, unknown>>;

export interface TrainingProcess {
  readonly child: ChildProcess;
  /** Events so far. */
  readonly events: readonly Line[];
  tell(command: 'pause' | 'unpause' | 'save' | 'stop' | 'cancel'): void;
  /** The first event, from now on or before, that is so. Rejects if the process ends without one. */
  until(isIt: (event: Line) => boolean): Promise<Line>;
  /** Waits for the end. */
  readonly ended: Promise<{ code: number | null; signal: string | null; stderr: string }>;
}

/** Trains in a process of its own. `onEvent` sees each event as it comes. */
export function trainProcess(
  request: TrainRequest | ResumeRequest,
  onEvent: (event: Line, child: ChildProcess) => void = () => undefined,
): TrainingProcess {
  const child = spawn(process.execPath, ['--import', 'tsx', CHILD, JSON.stringify(request)]);
  const events: Line[] = [];
  const waiting = new Set<() => void>();
  let rest = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop()!;
    for (const line of lines) {
      const event = JSON.parse(line) as Line;
      events.push(event);
      onEvent(event, child);
    }
    for (const look of waiting) look();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdin.on('error', () => undefined);
  const ended = new Promise<{ code: number | null; signal: string | null; stderr: string }>(
    (resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => resolve({ code, signal, stderr }));
    },
  );
  return {
    child,
    events,
    tell: (command) => child.stdin.write(`${command}\n`),
    until: (isIt) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = events.find(isIt);
          if (found === undefined) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
        void ended.then(() => {
          look();
          reject(
            new Error(
              `the process ended without the event; it said: ${JSON.stringify(events.at(-1))} ${stderr}`,
            ),
          );
        });
      }),
    ended,
  };
}

/** The lines of a run's metrics.jsonl. */
export function metricsOf(run: string): Line[] {
  return readFileSync(join(run, 'metrics.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}

/** What must come out the same: each step's and each evaluation's numbers, without the times. */
export function numbersOf(lines: readonly Line[]): unknown[] {
  return lines
    .filter(({ event }) => event === 'step' || event === 'eval')
    .map(({ event, step, loss, learningRate, gradientNorm, valLoss, best }) =>
      event === 'step' ? { step, loss, learningRate, gradientNorm } : { step, valLoss, best },
    );
}

export const isStep =
  (step: number) =>
  (event: Line): boolean =>
    event.event === 'step' && event.step === step;

/** Two checkpoints have the same files, and weights that are the same to the last bit. */
export function assertSameWeights(folder: string, expected: string): void {
  const [got, wanted] = [readModelFolder(folder).tensors, readModelFolder(expected).tensors];
  assert.deepEqual(got.names, wanted.names);
  for (const name of got.names) assert.deepEqual(got.readFloat32(name), wanted.readFloat32(name), name);
  got.close();
  wanted.close();
  assert.deepEqual(readdirSync(folder).sort(), readdirSync(expected).sort());
}
