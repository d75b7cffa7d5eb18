/** The time of a training step and of a batch of an evaluation, measured with random tokens. */
import { mix32 } from '../base/random.ts';
import { throwIfCancelled } from '../base/errors.ts';
import { fimOptions } from '../data/fim.ts';
import type { TokenSequence } from '../data/token-file.ts';
import type { GptConfig } from '../models/config.ts';
import type { PlanProgress } from '../protocol/plan.ts';
import type { Device } from '../runtime/device.ts';
import type { TrainingSettings } from '../training/settings.ts';
import { Trainer } from '../training/trainer.ts';
import type { TokenEstimate } from './estimate-tokens.ts';

/** Steps that are not counted: the first ones allocate, and a GPU compiles its shaders in them. */
const WARM_UP = 2;
/** Steps that are counted: this many, */
const STEPS = 5;
/** or as many as are done after so many ms, but at least one. */
const TIME = 3000;

export interface StepTimes {
  readonly stepMs: number;
  readonly evalBatchMs: number;
}

export interface MeasureInputs {
  readonly device: Device;
  readonly config: GptConfig;
  readonly settings: TrainingSettings;
  readonly estimate: TokenEstimate;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: PlanProgress) => void) | undefined;
}

/** Throws `data` if there are fewer tokens than a batch takes, `cancelled`, and what compiling throws. */
export async function measureStep(inputs: MeasureInputs): Promise<StepTimes> {
  const { device, config, settings, estimate, signal, onProgress } = inputs;
  const { fimRate, fimSpmRate } = settings;
  const trainer = await Trainer.create({
    device,
    config,
    settings: { ...settings, evalBatches: 1 },
    train: randomTokens(estimate.train, config.vocab),
    validation: randomTokens(Math.max(2, estimate.validation), config.vocab),
    fim: fimRate > 0 ? fimOptions(estimate.tokenizer, fimRate, fimSpmRate) : undefined,
    signal,
  });
  try {
    const times: number[] = [];
    const total = WARM_UP + STEPS;
    const start = performance.now();
    for (let step = 1; step <= total; step++) {
      onProgress?.({ phase: 'measuring', done: step - 1, total });
      await breathe(signal);
      const time = await timed(() => trainer.step(step, 0));
      if (step > WARM_UP) times.push(time);
      if (step > WARM_UP && performance.now() - start > TIME) break;
    }
    const evaluate = (): Promise<unknown> => trainer.evaluate(() => false);
    await evaluate();
    return { stepMs: median(times), evalBatchMs: await timed(evaluate) };
  } finally {
    trainer.state.dispose();
  }
}

async function timed(body: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await body();
  return performance.now() - start;
}

/** Lets requests come in. Throws `cancelled`. */
async function breathe(signal: AbortSignal | undefined): Promise<void> {
  await new Promise(setImmediate);
  throwIfCancelled(signal);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

/** As many tokens as a corpus has, that are made when they are read. */
function randomTokens(length: number, vocab: number): TokenSequence {
  return {
    length,
    documentStarts: Float64Array.of(0, length),
    separator: undefined,
    read(start, count, target, at = 0) {
      for (let i = 0; i < count; i++) target[at + i] = mix32(start + i) % vocab;
    },
  };
}
