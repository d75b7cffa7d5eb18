/** What the tests of training share. */
import type { Point } from '../../webview/protocol/training.ts';
import type { RunEventOf } from '../../worker/protocol/events.ts';

export function pointAt(step: number, loss = 3): Point {
  const rest = { learningRate: 1e-3, gradientNorm: 1, tokensPerSecond: 1000, memoryBytes: 1e8 };
  return { step, loss, ...rest, seconds: step / 10 };
}

export function startEvent(step = 0, steps = 100): RunEventOf<'start'> {
  return {
    event: 'start',
    step,
    steps,
    resumed: step > 0,
    provider: 'cpu',
    threads: 2,
    parameters: 1000,
    tokensPerStep: 64,
    trainTokens: 10_000,
    validationTokens: 1000,
    memoryBytes: 1e8,
  };
}

/** Of 100 ms. */
export function stepEvent(step: number, loss = 3): RunEventOf<'step'> {
  const rest = { learningRate: 1e-3, gradientNorm: 1, tokensPerSecond: 640, memoryBytes: 1e8 };
  return { event: 'step', step, loss, stepMs: 100, ...rest };
}

/** Of 2 s. */
export function evalEvent(step: number, valLoss = 2, best = true): RunEventOf<'eval'> {
  return { event: 'eval', step, valLoss, tokens: 1000, evalMs: 2000, best };
}

/** Of 1 s. */
export function savedEvent(step: number): RunEventOf<'checkpoint'> {
  return { event: 'checkpoint', step, path: '/run/checkpoints/last', names: ['last'], saveMs: 1000 };
}
