/** The time of a training step and of a batch of an evaluation, measured. */
import { throwIfCancelled } from '../base/errors.ts';
import { sizeOf } from '../graph/tensor.ts';
import type { NamedWeights } from '../models/initialise.ts';
import { parameterShapes } from '../models/layout.ts';
import type { PlanProgress } from '../protocol/plan.ts';
import type { Device } from '../runtime/device.ts';
import type { Objective } from '../training/objective.ts';
import type { ComputePrecision } from '../training/precision-name.ts';
import type { TrainingSettings } from '../training/settings.ts';
import { Trainer } from '../training/trainer.ts';
import { weightsFolder } from './cache.ts';

/** Steps that are not counted: the first ones allocate, and a GPU compiles its shaders in them. */
const WARM_UP = 2;
/** Steps that are counted: this many, */
const STEPS = 5;
/** or as many as are done after so many ms, but at least one. */
const TIME = 3000;

export interface StepTimes {
  readonly stepMs: number;
  readonly evalBatchMs: number;
  readonly precision: ComputePrecision;
}

export interface MeasureInputs {
  readonly device: Device;
  /** Over tokens of any kind. */
  readonly objective: Objective;
  readonly settings: TrainingSettings;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: PlanProgress) => void) | undefined;
}

/** Throws `cancelled`, and what compiling throws. */
export async function measureStep(inputs: MeasureInputs): Promise<StepTimes> {
  const { device, objective, settings, signal, onProgress } = inputs;
  const trainer = await Trainer.create({
    device,
    objective,
    settings: { ...settings, evalBatches: 1 },
    base: { weights: () => zeroWeights(objective), folder: weightsFolder() },
    signal,
  });
  try {
    await trainer.setWeights(zeroWeights(objective));
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
    const { precision } = trainer;
    return { stepMs: median(times), evalBatchMs: await timed(evaluate), precision };
  } finally {
    trainer.dispose();
  }
}

/** Under an adapter there is a base: of zeros, which take as long as any. */
function* zeroWeights({ config, trained }: Objective): Generator<NamedWeights> {
  for (const [name, shape] of parameterShapes(config))
    if (!trained.has(name)) yield { name, shape, data: new Float32Array(sizeOf(shape)) };
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
