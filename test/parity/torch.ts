/** The plain PyTorch models (decoder.py, encoder.py), and how both sides of a comparison train. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { pythonWithTorch } from '../support/python.ts';
import type { randomWeights } from '../support/random-weights.ts';

export const OPTIMIZER = {
  steps: 10,
  learningRate: 3e-3,
  beta1: 0.9,
  beta2: 0.99,
  epsilon: 1e-8,
  weightDecay: 0.1,
  clip: 0.5,
};

export const numbers = z.array(z.number());
export const numbersByName = z.record(z.string(), numbers);

/** What both scripts answer. */
export const TrainedSchema = z.object({
  gradients: numbersByName,
  losses: numbers,
  norms: numbers,
  weights: numbersByName,
});

export interface ScriptQuestion {
  readonly weights: ReturnType<typeof randomWeights>;
  readonly [field: string]: unknown;
}

/** What a script says of a model, and of the steps of {@link OPTIMIZER}. */
export function askScript<T>(
  script: 'decoder.py' | 'encoder.py',
  { weights, ...question }: ScriptQuestion,
  answer: z.ZodType<T>,
): T {
  const plain = [...weights].map(([name, { shape, data }]) => [name, { shape, data: [...data] }] as const);
  const request = { ...question, optimizer: OPTIMIZER, weights: Object.fromEntries(plain) };
  const path = fileURLToPath(new URL(script, import.meta.url));
  const python = spawnSync(pythonWithTorch(), [path], {
    input: JSON.stringify(request),
    encoding: 'utf8',
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
    maxBuffer: 1 << 28,
  });
  assert.equal(python.status, 0, python.stderr);
  return answer.parse(JSON.parse(python.stdout));
}
