/** One configuration's training step in Cloze, in a process of its own. Prints JSON; see training.ts. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OPTIMIZER } from '../test/support/optimizer.ts';
import { Random } from '../worker/base/random.ts';
import { BertConfigSchema, GptConfigSchema, type ModelConfig } from '../worker/models/config.ts';
import { encoderModel } from '../worker/models/encoder.ts';
import { encoderLoss } from '../worker/models/encoder-losses.ts';
import { initialWeights } from '../worker/models/initialise.ts';
import { parameterShapes } from '../worker/models/layout.ts';
import { putWeight } from '../worker/models/load.ts';
import { type Adapter, initialAdapter, LoraSettingsSchema, newAdapter } from '../worker/models/lora.ts';
import { isQuantised, stateValues } from '../worker/models/quantised.ts';
import { WeightFile } from '../worker/models/weight-file.ts';
import { openDevice } from '../worker/runtime/open-device.ts';
import { collectProfile } from '../worker/runtime/profile.ts';
import type { LossSource, ObjectiveBatch } from '../worker/training/objective.ts';
import { nextTokenLoss, tokenFeeds } from '../worker/training/objectives/next-token.ts';
import { TrainStep } from '../worker/training/step.ts';
import { median } from './support.ts';
import { StepSpecSchema } from './training-spec.ts';

const GEMMS = new Set(['Gemm', 'MatMul', 'FusedMatMul']);

const spec = StepSpecSchema.parse(JSON.parse(process.argv[2] ?? '{}'));
const { batch: B, length: T, vocab, layers, heads, width, threads } = spec;
const traces = spec.profile ? mkdtempSync(join(tmpdir(), 'cloze-bench-')) : undefined;
const { device } = await openDevice(spec.provider, {
  threads,
  ...(spec.spinMicroseconds === undefined ? {} : { spinMicroseconds: spec.spinMicroseconds }),
  ...(traces === undefined ? {} : { profile: join(traces, 'trace-') }),
});
const state = device.createState();
const scratch = mkdtempSync(join(tmpdir(), 'cloze-bench-'));
const { config, adapter, source, batch } = spec.classes > 0 ? classifying() : continuing();
const quantised = adapter?.quantised;
const file = quantised && new WeightFile(scratch);
for (const weight of file === undefined ? [] : initialWeights(config, 1)) {
  if (!isQuantised(weight.name, quantised)) continue;
  for (const value of stateValues(config, quantised, [weight])) file?.add(value, state);
}
file?.close();
const step = await TrainStep.create(device, state, source, { ...OPTIMIZER, accumulate: 1 });
rmSync(scratch, { recursive: true });
for (const weight of initialWeights(config, 1))
  if (!isQuantised(weight.name, quantised)) await putWeight(weight, state, device);
if (adapter !== undefined)
  for (const weight of initialAdapter(adapter, 'kaiming', 1)) await putWeight(weight, state, device);
const times: number[] = [];
for (let i = 1; i <= spec.warmup + spec.steps; i++) {
  const start = performance.now();
  await step.run(i, 1e-3, [batch]);
  if (i > spec.warmup) times.push(performance.now() - start);
}
await device.close();

const result: Record<string, unknown> = {
  stepMs: median(times),
  bestMs: Math.min(...times),
  memoryBytes: process.resourceUsage().maxRSS * 1024,
};
if (traces !== undefined) {
  const profile = collectProfile(join(traces, 'trace-'));
  rmSync(traces, { recursive: true });
  const gemm = profile.byOp
    .filter(({ name }) => GEMMS.has(name))
    .reduce((sum, row) => sum + row.milliseconds, 0);
  const steps = spec.warmup + spec.steps;
  result.profile = {
    gemmShare: gemm / profile.kernelMilliseconds,
    gemmMs: gemm / steps,
    ops: profile.byOp.slice(0, 8).map((row) => ({ name: row.name, ms: row.milliseconds / steps })),
  };
}
process.stdout.write(`${JSON.stringify(result)}\n`);

interface Task {
  readonly config: ModelConfig;
  readonly adapter?: Adapter | undefined;
  readonly source: LossSource;
  readonly batch: ObjectiveBatch;
}

/** A GPT, and a batch of random tokens. */
function continuing(): Task {
  const config = GptConfigSchema.parse({
    vocab,
    context: T,
    layers,
    width,
    heads,
    kvHeads: heads,
    headWidth: width / heads,
    feedForward: 4 * width,
    activation: 'gelu',
    bias: spec.bias ? 'all' : 'none',
  });
  const window = { batch: B, context: T };
  const ids = randomIds(B * T + 1);
  const batch = tokenFeeds({ inputs: ids.subarray(0, B * T), targets: ids.subarray(1) }, window);
  const settings = LoraSettingsSchema.parse({ rank: Math.max(1, spec.rank), base: spec.base });
  const adapter = spec.rank === 0 ? undefined : newAdapter(config, settings);
  return { config, adapter, source: nextTokenLoss(config, window, adapter), batch };
}

/** A BERT with classes of texts, and a batch of random texts without padding. */
function classifying(): Task {
  const labels = Array.from({ length: spec.classes }, (_, i) => `class ${i}`);
  const shape = { vocab, context: 512, layers, width, heads, feedForward: 4 * width };
  const config = BertConfigSchema.parse({ ...shape, head: 'classify', labels });
  const source: LossSource = {
    trained: parameterShapes(config),
    lengths: [T],
    lossGraph: (length, training) => encoderLoss(encoderModel(config, B, length, training)),
  };
  const feeds = {
    ids: randomIds(B * T),
    mask: new Int32Array(B * T).fill(1),
    segments: new Int32Array(B * T),
    labels: randomIds(B).map((id) => id % spec.classes),
  };
  return { config, source, batch: { length: T, feeds } };
}

function randomIds(count: number): Int32Array {
  const random = new Random(1, 'bench');
  return Int32Array.from({ length: count }, () => random.integer(vocab));
}
