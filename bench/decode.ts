/**
 * Decoding with the GPT-2 124M shape, in float32 and with weights of 4 bits, beside llama.cpp (through node-llama-cpp, which
 * is fetched once), same weights, same threads: `node --import tsx bench/decode.ts`.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { gpt2Tokenizer } from '../test/support/gpt2.ts';
import { nodeLlamaCpp } from '../test/support/node-llama-cpp.ts';
import { mix32, Random } from '../worker/base/random.ts';
import type { GgufType } from '../worker/export/formats.ts';
import { writeGguf } from '../worker/export/gguf/file.ts';
import { Decoder } from '../worker/generation/decoder.ts';
import { draft } from '../worker/generation/draft.ts';
import { sampleToken } from '../worker/generation/sampling.ts';
import { reduceSum } from '../worker/graph/ops/index.ts';
import { Graph, sizeOf } from '../worker/graph/tensor.ts';
import { countParameters, parameterShapes } from '../worker/models/layout.ts';
import { preset } from '../worker/models/presets.ts';
import { quantisedForGeneration, stateValues } from '../worker/models/quantised.ts';
import { WeightFile } from '../worker/models/weight-file.ts';
import type { Device } from '../worker/runtime/device.ts';
import { openDevice } from '../worker/runtime/open-device.ts';
import { machine, mean, median, ms, printTable, ratio, runJson } from './support.ts';

const THREADS = 2;
const PROMPT = 128;
const NEW_TOKENS = 48;
const config = preset('gpt2');

const Measurement = z.object({ prefillMs: z.number(), tokenMs: z.array(z.number()), ids: z.array(z.int()) });
type Measurement = z.infer<typeof Measurement>;

interface NamedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array<ArrayBuffer>;
}

/** Weights of about the size that training begins with, each tensor a function of its position. */
function weights(): NamedTensor[] {
  return Array.from(parameterShapes(config), ([name, shape], index) => {
    const norm = shape.length === 1 && name.endsWith('.weight');
    const data = new Float32Array(sizeOf(shape));
    for (let i = 0; i < data.length; i++) {
      data[i] = (mix32(i + index * 0x10000000) / 2 ** 32 - 0.5) * 0.1 + (norm ? 1 : 0);
    }
    return { name, shape, data };
  });
}

const promptIds = Array.from({ length: PROMPT }, (_, i) => (i * 7919) % 50257);

/** Bytes a second that a sum over 512 MB reads. */
async function readBandwidth(device: Device): Promise<number> {
  const graph = new Graph();
  const shape = [256, 1 << 19];
  const sums = reduceSum(graph.state('x', 'float32', shape), [1]);
  const state = device.createState();
  await state.allocate('x', 'float32', shape);
  (state.view('x') as Float32Array).fill(1);
  const program = await device.compile({ name: 'read', outputs: { sums } }, state);
  const times: number[] = [];
  for (let i = 0; i < 6; i++) {
    const started = performance.now();
    await program.run({});
    times.push(performance.now() - started);
  }
  await program.dispose();
  return (sizeOf(shape) * 4) / (Math.min(...times) / 1000);
}

const GREEDY = { temperature: 0, seed: 1, topK: 0, topP: 1, repetitionPenalty: 1 };
const random = new Random(1, 'sampling');

async function cloze(decoder: Decoder): Promise<Measurement> {
  await decoder.warmUp(); // compiles
  const prefills: number[] = [];
  let logits: Float32Array | undefined;
  for (let i = 0; i < 3; i++) {
    decoder.crop(0);
    const started = performance.now();
    ({ logits } = await decoder.prefill(promptIds));
    prefills.push(performance.now() - started);
  }
  const first = best(logits!);
  await continuation(decoder, first); // as often as a user has it: the JavaScript is compiled by then
  decoder.crop(PROMPT);
  return { prefillMs: Math.min(...prefills), ...(await continuation(decoder, first)) };
}

function best(logits: Float32Array): number {
  return sampleToken(logits, GREEDY, { context: [], suppressed: [] }, random);
}

/** Greedy tokens after the first, and ms of each. */
async function continuation(decoder: Decoder, first: number): Promise<{ tokenMs: number[]; ids: number[] }> {
  const ids = [first];
  const tokenMs: number[] = [];
  while (ids.length <= NEW_TOKENS) {
    const started = performance.now();
    ids.push(best(await decoder.append(ids.slice(-1))));
    tokenMs.push(performance.now() - started);
  }
  return { tokenMs, ids };
}

/** Development dependencies whose code stands for what a model writes. */
const CODE = [
  'commander/lib/command.js',
  'eslint/lib/linter/linter.js',
  'zod/v4/core/schemas.js',
  'esbuild/lib/main.js',
];

/**
 * Ms a token, and tokens a run, while the decoder writes real code: the tokens are taken from the files, as if the
 * model had chosen them, so that guesses are right as often as for a model that writes this code.
 */
async function writingCode(decoder: Decoder): Promise<{ msPerToken: number; tokensPerRun: number }> {
  const tokenizer = await gpt2Tokenizer();
  const total = { tokens: 0, runs: 0, ms: 0 };
  for (const file of CODE) {
    const path = fileURLToPath(new URL(`../node_modules/${file}`, import.meta.url));
    const ids = Array.from(
      tokenizer.encode(readFileSync(path, 'utf8')).subarray(2000, 2000 + 512 + NEW_TOKENS),
    );
    await decoder.prefill(ids.slice(0, 512));
    for (let at = 512; at < ids.length; total.runs++) {
      const started = performance.now();
      const guess = draft(ids.slice(0, at + 1), decoder.scorable - 1);
      await decoder.score([ids[at]!, ...guess]);
      const right = guess.findIndex((id, i) => id !== ids[at + 1 + i]);
      const known = 1 + (right < 0 ? guess.length : right);
      at += known;
      decoder.crop(at);
      total.tokens += known;
      total.ms += performance.now() - started;
    }
  }
  return { msPerToken: total.ms / total.tokens, tokensPerRun: total.tokens / total.runs };
}

/** Median ms of a token around each position. */
async function curve(decoder: Decoder): Promise<string[][]> {
  const rows: string[][] = [];
  for (const position of [0, 250, 500, 750, 1000]) {
    if (decoder.tokens.length > position) decoder.crop(position);
    const before = position - decoder.tokens.length;
    if (before > 0) await decoder.append(Array.from({ length: before }, (_, i) => (i * 31) % 50257));
    const times: number[] = [];
    for (let i = 0; i < 15; i++) {
      const started = performance.now();
      await decoder.append([i]);
      times.push(performance.now() - started);
    }
    rows.push([String(position), ms(median(times)), ms(Math.min(...times))]);
  }
  return rows;
}

/** The same weights as llama.cpp has them. */
async function writeModel(path: string, weights: readonly NamedTensor[], type: GgufType): Promise<void> {
  const byName = new Map(weights.map((weight) => [weight.name, weight]));
  const read = (name: string): Float32Array<ArrayBuffer> => byName.get(name)!.data;
  const shapes = new Map(weights.map(({ name, shape }) => [name, shape]));
  const parameters = { shapes, read, chunks: (name: string) => [read(name)] };
  const tokenizer = await gpt2Tokenizer();
  await writeGguf(
    path,
    { config, parameters, name: 'bench', tokenizer, specialIds: {}, fillsIn: false },
    type,
  );
}

function llamaCpp(library: string, model: string): Measurement | undefined {
  const args = [
    fileURLToPath(new URL('llama-cpp/decode.js', import.meta.url)),
    library,
    model,
    String(THREADS),
    String(PROMPT),
    String(NEW_TOKENS),
  ];
  return runJson(process.execPath, args, Measurement, { threads: THREADS, waiting: 'passive' });
}

function row(name: string, ours: Measurement, it: Measurement): string[] {
  const token = mean(it.tokenMs);
  return [
    name,
    ms(token),
    ms(median(it.tokenMs)),
    ms(Math.min(...it.tokenMs)),
    (1000 / token).toFixed(1),
    ratio(token / mean(ours.tokenMs)),
    ms(it.prefillMs),
    ratio(it.prefillMs / ours.prefillMs),
  ];
}

interface FourBitsOptions {
  readonly folder: string;
  /** node-llama-cpp's folder. */
  readonly library: string;
  readonly bandwidth: number;
}

/** Bytes of a model whose layers have 4 bits and whose table has 8, and what it says beside llama.cpp's q4_0. */
async function fourBits(
  device: Device,
  parameters: readonly NamedTensor[],
  { folder, library, bandwidth }: FourBitsOptions,
): Promise<void> {
  const quantised = quantisedForGeneration(config, 'int4')!;
  const state = device.createState();
  const file = new WeightFile(folder);
  let bytes = 0;
  for (const value of stateValues(config, quantised, parameters)) {
    file.add(value, state);
    if (!value.name.endsWith('wpe.weight')) bytes += value.data.byteLength; // of which a token reads a row
  }
  const decoder = await Decoder.create(device, config, state, { quantised });
  await decoder.compile();
  file.remove();
  const gguf = join(folder, 'q4_0.gguf');
  await writeModel(gguf, parameters, 'q4_0');
  const peer = llamaCpp(library, gguf);
  const ours = await cloze(decoder);
  const again = llamaCpp(library, gguf);
  await decoder.dispose();
  printTable(
    `with 4 bits a weight, 8 in the table of tokens (goals: 3 times its rate, 2 times for the prompt)`,
    [
      ['', 'ms/token', 'median', 'best', 'tokens/s', 'it / Cloze', 'ms prompt', 'it / Cloze'],
      row('Cloze, int4', ours, ours),
      ...[peer, again].flatMap((it) => (it === undefined ? [] : [row('node-llama-cpp, q4_0', ours, it)])),
    ],
  );
  const rate = bytes / (median(ours.tokenMs) / 1000);
  process.stdout.write(
    `a token reads ${(bytes / 1e6).toFixed(0)} MB: ${(rate / 1e9).toFixed(1)} GB/s, ` +
      `${((rate / bandwidth) * 100).toFixed(0)} % of what a plain sum reads (goal: 60 %)\n`,
  );
}

export default async function bench(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'cloze-bench-'));
  const { device } = await openDevice('cpu', { threads: THREADS });
  try {
    const parameters = weights();
    const model = join(folder, 'model.gguf');
    await writeModel(model, parameters, 'f32');
    const library = await nodeLlamaCpp();
    const state = device.createState();
    for (const { name, shape, data } of parameters) state.share(name, { dtype: 'float32', shape, data });

    const bandwidth = await readBandwidth(device);
    // first, in a process that holds no other model, as a window's does
    await fourBits(device, parameters, { folder, library, bandwidth });
    const peer = llamaCpp(library, model);
    const packed = await Decoder.create(device, config, state);
    const ours = await cloze(packed);
    const unpacked = await Decoder.create(device, config, state, { frozen: false });
    const shared = await cloze(unpacked);
    await unpacked.dispose();
    const code = await writingCode(packed);
    const again = llamaCpp(library, model);
    printTable(
      `GPT-2 124M, float32, ${NEW_TOKENS} tokens after a prompt of ${PROMPT} (${machine()}, ${THREADS} threads)`,
      [
        ['', 'ms/token', 'median', 'best', 'tokens/s', 'it / Cloze', 'ms prompt', 'it / Cloze'],
        row('Cloze, weights packed', ours, ours),
        row('Cloze, weights as they are trained', ours, shared),
        ...[peer, again].flatMap((it) => (it === undefined ? [] : [row('node-llama-cpp', ours, it)])),
      ],
    );
    process.stdout.write(
      `writing code, where guesses give ${code.tokensPerRun.toFixed(2)} tokens a run: ${ms(code.msPerToken)} ms/token, ` +
        `${(1000 / code.msPerToken).toFixed(1)} tokens/s, ${ratio(mean(ours.tokenMs) / code.msPerToken)} of the plain rate\n`,
    );
    const bytes = countParameters(config) * 4;
    const rate = bytes / (median(ours.tokenMs) / 1000);
    process.stdout.write(
      `a token reads ${(bytes / 1e6).toFixed(0)} MB: ${(rate / 1e9).toFixed(1)} GB/s, ` +
        `${((rate / bandwidth) * 100).toFixed(0)} % of the ${(bandwidth / 1e9).toFixed(1)} GB/s that a plain sum reads\n`,
    );
    if (peer !== undefined) {
      const same = peer.ids.every((id, i) => id === ours.ids[i]);
      process.stdout.write(
        `greedy tokens are ${same ? 'the same' : 'NOT the same'}: ${ours.ids.slice(0, 8).join(' ')} ...\n`,
      );
    }
    printTable('time of a token by position', [['position', 'ms/token', 'best'], ...(await curve(packed))]);
    await packed.dispose();
  } finally {
    rmSync(folder, { recursive: true });
    await device.close();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bench();
