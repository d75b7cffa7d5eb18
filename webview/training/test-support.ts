/** Runs, states and a page's memory for tests. */
import type { CurrentRun, Point, RunSummary, TrainingState } from '../protocol/training.ts';
import { type Memory, TrainingPageSchema } from './page-state.ts';

export function aPoint(step: number, part: Partial<Point> = {}): Point {
  return {
    step,
    loss: 2,
    learningRate: 1e-3,
    gradientNorm: 1,
    tokensPerSecond: 1000,
    memoryBytes: 1e9,
    seconds: step / 2,
    ...part,
  };
}

export function aRun(part: Partial<RunSummary> = {}): RunSummary {
  return {
    path: `/runs/${part.name ?? 'a'}`,
    name: 'a',
    status: 'running',
    createdAt: '2026-01-02T03:04:05Z',
    objective: 'clm',
    model: 'gpt-micro',
    parameters: 1000,
    step: 100,
    steps: 200,
    seconds: 50,
    hyperparameters: { lr: 1e-3, batch: 12, context: 256 },
    data: [],
    inUse: false,
    ...part,
  };
}

export function aCurrent(part: Partial<CurrentRun> = {}): CurrentRun {
  return { summary: aRun(), notes: [], series: { points: [], evaluations: [], samples: [] }, ...part };
}

export function aState(part: Partial<TrainingState> = {}): TrainingState {
  const form: TrainingState['form'] = {
    ...{ objective: 'clm', data: [], model: 'gpt-micro' },
    ...{ tokenizer: '', provider: 'auto', training: {} },
  };
  return { trusted: true, form, models: [], providers: [], history: [aRun()], current: aCurrent(), ...part };
}

export function aMemory(part: Partial<Memory['value']> = {}): Memory {
  let value: Memory['value'] = { ...TrainingPageSchema.parse({}), ...part };
  return {
    get value() {
      return value;
    },
    change(changed) {
      value = { ...value, ...changed };
    },
  };
}
