/** What a training run has left in its folder. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import * as z from 'zod';
import { parseLog } from '../../extension/training/run-log.ts';
import type { RunEvent, RunEventOf } from '../../worker/protocol/events.ts';
import { TRAINER_FILE, TrainerFileSchema } from '../../worker/protocol/run-files.ts';
import { eventually } from './eventually.ts';

/** A model of 100,000 parameters, which learns little and fast: a step takes 3 to 10 ms. */
export const TINY_FORM = {
  model: 'gpt-nano',
  tokenizer: 'bpe:300',
  provider: 'cpu',
  training: {
    ...{ steps: 100, batch: 2, context: 32, lr: 3e-3, warmup: 10, seed: 1, fimRate: 0.5, patience: 0 },
    ...{ evalEvery: 50, evalBatches: 4, checkpointEvery: 50, sampleEvery: 50, sampleTokens: 16, keep: 0 },
  },
} as const;

/** The form with other training settings. */
export function tinyForm(training: Readonly<Record<string, number>> = {}): object {
  return { ...TINY_FORM, training: { ...TINY_FORM.training, ...training } };
}

export class RunOnDisk {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** The runs of a folder; none if it is not there. */
  static in(folder: string): RunOnDisk[] {
    if (!existsSync(folder)) return [];
    return readdirSync(folder).map((name) => new RunOnDisk(join(folder, name)));
  }

  /** Starts a run and gives it; it is the only new one in the folder. */
  static async started(folder: string, start: () => Promise<unknown>, patience?: number): Promise<RunOnDisk> {
    const before = RunOnDisk.in(folder).map(({ path }) => path);
    await start();
    return eventually(() => {
      const fresh = RunOnDisk.in(folder).filter(({ path }) => !before.includes(path));
      assert.equal(fresh.length, 1, `new runs in ${folder}: ${fresh.map(({ name }) => name).join(', ')}`);
      return fresh[0]!;
    }, patience);
  }

  get name(): string {
    return basename(this.path);
  }

  get checkpoint(): string {
    return join(this.path, 'checkpoints', 'last');
  }

  /** None before the first step. */
  get events(): RunEvent[] {
    const log = join(this.path, 'metrics.jsonl');
    return existsSync(log) ? parseLog(readFileSync(log, 'utf8')) : [];
  }

  of<E extends RunEvent['event']>(name: E): RunEventOf<E>[] {
    return this.events.filter((event): event is RunEventOf<E> => event.event === name);
  }

  /** The last one that was written. */
  get step(): number {
    return this.of('step').at(-1)?.step ?? 0;
  }

  /** The lowest validation loss. */
  get best(): number {
    return Math.min(...this.of('eval').map(({ valLoss }) => valLoss));
  }

  /** What it began with: a preset's name, or a folder. */
  get model(): string {
    const record = readFileSync(join(this.path, 'run.json'), 'utf8');
    return z.object({ model: z.object({ from: z.string() }) }).parse(JSON.parse(record)).model.from;
  }

  get parameters(): number {
    return this.of('start')[0]!.parameters;
  }

  /** Of the last checkpoint. */
  get savedStep(): number {
    const text = readFileSync(join(this.checkpoint, TRAINER_FILE), 'utf8');
    return TrainerFileSchema.parse(JSON.parse(text)).progress.step;
  }

  /** Each step was done, once, and the checkpoint is of the last one. */
  assertWhole(steps: number): void {
    assert.deepEqual(
      this.of('step').map(({ step }) => step),
      Array.from({ length: steps }, (_, i) => i + 1),
    );
    assert.equal(this.savedStep, steps);
  }

  /** Waits until so many steps are done. */
  async reach(step: number): Promise<void> {
    await eventually(() => assert.ok(this.step >= step, `${this.name} is at step ${this.step}`));
  }

  /** Waits until a checkpoint is there. */
  async save(): Promise<number> {
    return eventually(() => this.savedStep);
  }

  /** Waits until it has ended so. */
  async ends(reason: RunEventOf<'done'>['reason']): Promise<void> {
    await eventually(() => {
      const last = this.events.at(-1);
      assert.ok(last?.event === 'done', `${this.name} has not ended: ${JSON.stringify(last)}`);
      assert.equal(last.reason, reason);
      assert.ok(!existsSync(join(this.path, '.lock')), 'its worker has not let go of it');
    });
  }
}
