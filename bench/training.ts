/**
 * A training step beside PyTorch's: forward, backward, clipping, AdamW, float32, the same threads.
 * `node --import tsx bench/training.ts [CASE [PEER]]` takes those whose names hold the words.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type * as z from 'zod';
import { machine, megabytes, ms, printTable, ratio, runJson, type Waiting } from './support.ts';
import { type StepMeasurement, StepResultSchema, type StepSpecSchema } from './training-spec.ts';

const THREADS = 2;

interface Case {
  readonly name: string;
  /** At most this share of the fastest PyTorch's time. */
  readonly goal: number;
  /** Of an adapter: at most these shares of the time and memory of training all weights. */
  readonly beside?: { readonly time: number; readonly memory: number };
  readonly spec: Omit<z.input<typeof StepSpecSchema>, 'threads'>;
}

const GPT2: Case['spec'] = {
  batch: 4,
  length: 128,
  vocab: 50257,
  layers: 12,
  heads: 12,
  width: 768,
  bias: true,
  warmup: 2,
  steps: 6,
};

const CASES: readonly Case[] = [
  {
    name: 'nanogpt-cpu: 4L 4H 128d T64 B12 V65',
    goal: 0.65,
    spec: {
      batch: 12,
      length: 64,
      vocab: 65,
      layers: 4,
      heads: 4,
      width: 128,
      bias: false,
      warmup: 10,
      steps: 100,
    },
  },
  {
    name: '4L 4H 256d T128 B8 V8192',
    goal: 0.9,
    spec: {
      batch: 8,
      length: 128,
      vocab: 8192,
      layers: 4,
      heads: 4,
      width: 256,
      bias: true,
      warmup: 5,
      steps: 25,
    },
  },
  {
    name: 'gpt2-124m: 12L 12H 768d T128 B4 V50257',
    goal: 0.95,
    spec: GPT2,
  },
  {
    name: 'gpt2-124m, LoRA of rank 8: 12L 12H 768d T128 B4 V50257',
    goal: 0.8,
    beside: { time: 0.6, memory: 0.5 },
    spec: { ...GPT2, rank: 8 },
  },
  {
    name: 'bert-base, classes of texts: 12L 12H 768d T128 B8 V30522',
    goal: 0.9,
    spec: {
      batch: 8,
      length: 128,
      vocab: 30522,
      layers: 12,
      heads: 12,
      width: 768,
      bias: true,
      classes: 2,
      warmup: 2,
      steps: 6,
    },
  },
];

/** Of the frozen weights under an adapter, beside float32. */
const PRECISIONS = ['int8', 'int4'] as const;

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

/** PyTorch 2 from bench/torch/setup.sh, or from the Python that CLOZE_BENCH_PYTHON names. */
const NEW_PYTHON = process.env.CLOZE_BENCH_PYTHON ?? here('../.cache/torch/bin/python');
const DEBIAN_PYTHON = '/usr/bin/python3';

/** Cloze's own short spin, or passive waiting. */
function cloze(
  spec: Case['spec'],
  options: { profile?: boolean; spinMicroseconds?: number },
): StepMeasurement {
  const request = JSON.stringify({ ...spec, ...options, threads: THREADS, provider: 'cpu' });
  const args = ['--import', 'tsx', here('training-step.ts'), request];
  const result = runJson(process.execPath, args, StepResultSchema, { threads: THREADS, waiting: 'passive' });
  if (result === undefined) throw new Error('Cloze did not run');
  return result;
}

/** Products of the step whose rate in PyTorch's BLAS is printed beside ours. */
function products({ batch, length, width }: Case['spec']): number[][] {
  const n = batch * length;
  return [
    [n, width, 4 * width],
    [n, 4 * width, width],
    [width, n, 4 * width],
  ];
}

interface Peer {
  readonly label: string;
  readonly python: string;
  readonly compile: boolean;
  /** AdamW in one kernel, which is not PyTorch's default on a CPU. */
  readonly fused: boolean;
  readonly waiting: Waiting;
}

const NEW = { python: NEW_PYTHON, fused: true, waiting: 'passive' } as const;

const PEERS: readonly Peer[] = [
  { ...NEW, label: 'PyTorch (Debian, OpenBLAS), eager', python: DEBIAN_PYTHON, compile: false },
  { ...NEW, label: 'PyTorch 2, eager', compile: false },
  { ...NEW, label: 'PyTorch 2, torch.compile', compile: true },
  { ...NEW, label: 'PyTorch 2, torch.compile, default AdamW', compile: true, fused: false },
  { ...NEW, label: 'PyTorch 2, torch.compile, default waiting', compile: true, waiting: 'default' },
];

function torch({ python, compile, fused, waiting }: Peer, spec: Case['spec']): StepMeasurement | undefined {
  if (!existsSync(python)) return undefined;
  const request = JSON.stringify({ ...spec, threads: THREADS, compile, fused, gemm: products(spec) });
  return runJson(python, [here('torch/step.py'), request], StepResultSchema, { threads: THREADS, waiting });
}

/** FLOPs of the step's weight products: 6 for each weight and token, 4 where weights have no gradient. */
function flops({ batch, length, layers, width, vocab, classes = 0, rank = 0 }: Case['spec']): number {
  const head = classes > 0 ? 0 : vocab * width; // that of classes reads one token of each text
  return (rank === 0 ? 6 : 4) * batch * length * (12 * layers * width * width + head);
}

function compare({ name, goal, beside, spec }: Case): void {
  const ours = cloze(spec, {});
  const passive = cloze(spec, { spinMicroseconds: 0 });
  const { profile } = cloze(spec, { profile: true });
  const full = beside && cloze({ ...spec, rank: 0 }, {});
  const rounded = beside && PRECISIONS.map((base) => ({ base, result: cloze({ ...spec, base }, {}) }));
  const measured = PEERS.filter(({ label }) => label.includes(process.argv[3] ?? '')).flatMap((peer) => {
    const result = torch(peer, spec);
    return result === undefined ? [] : [{ peer: peer.label, waiting: peer.waiting, result }];
  });
  const fastest = (which: readonly (typeof measured)[number][]): number =>
    Math.min(...which.map(({ result }) => result.stepMs));
  const sleepers = measured.filter(({ waiting }) => waiting === 'passive');
  const leanest = Math.min(...measured.map(({ result }) => result.memoryBytes));
  const tokens = (result: StepMeasurement): string => ((spec.batch * spec.length) / result.stepMs).toFixed(1);
  const row = (label: string, result: StepMeasurement): string[] => [
    label,
    ms(result.stepMs),
    ms(result.bestMs),
    tokens(result),
    ratio(ours.stepMs / result.stepMs),
    megabytes(result.memoryBytes),
  ];
  printTable(name, [
    ['', 'ms/step', 'best', 'ktok/s', 'Cloze / it', 'peak memory'],
    row('Cloze', ours),
    row('Cloze, passive waiting', passive),
    ...(full === undefined ? [] : [row('Cloze, all weights', full)]),
    ...(rounded ?? []).map(({ base, result }) => row(`Cloze, ${base} base`, result)),
    ...measured.map(({ peer, result }) => row(`${peer} ${result.version}`, result)),
  ]);
  const against = (which: readonly (typeof measured)[number][]): string =>
    `${ratio(ours.stepMs / fastest(which))} (passive waiting: ${ratio(passive.stepMs / fastest(which))})`;
  process.stdout.write(
    `time beside the fastest PyTorch: with passive waiting ${against(sleepers)}, goal ${goal}; however it waits ${against(measured)}\n` +
      `memory: ${ratio(ours.memoryBytes / leanest)} of the leanest\n`,
  );
  if (full !== undefined && beside !== undefined) {
    process.stdout.write(
      `beside all weights: time ${ratio(ours.stepMs / full.stepMs)}, goal ${beside.time}; memory ${ratio(ours.memoryBytes / full.memoryBytes)}, goal ${beside.memory}\n`,
    );
  }
  for (const { base, result } of rounded ?? []) {
    process.stdout.write(
      `${base} base beside float32: time ${ratio(result.stepMs / ours.stepMs)}, goal 1; memory ${ratio(result.memoryBytes / ours.memoryBytes)}, goal below 1\n`,
    );
  }
  if (profile === undefined) return;
  const rates = measured.map(
    ({ peer, result }) => `${peer}: ${(result.gemm ?? []).map((rate) => rate.toFixed(0)).join(', ')}`,
  );
  process.stdout.write(
    `GEMM: ${(profile.gemmShare * 100).toFixed(0)} % of kernel time, ${(flops(spec) / profile.gemmMs / 1e6).toFixed(0)} GFLOP/s over the step\n` +
      `products ${products(spec)
        .map((p) => p.join(' x '))
        .join(', ')} alone, GFLOP/s: ${rates.slice(0, 2).join('; ')}\n` +
      `by op, ms: ${profile.ops.map(({ name: op, ms: time }) => `${op} ${ms(time)}`).join(', ')}\n`,
  );
}

process.stdout.write(`${machine()}, ${THREADS} threads\n`);
for (const each of CASES.filter(({ name }) => name.includes(process.argv[2] ?? ''))) compare(each);
