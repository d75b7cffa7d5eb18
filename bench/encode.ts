/**
 * Embeddings of texts of mixed length with the BERT-base shape in float32, batches of 8, beside @huggingface/transformers
 * (if bench/transformers/setup.sh has installed it, and a Python with PyTorch writes the model for it): same weights, same
 * texts, same threads: `node --import tsx bench/encode.ts`.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { pythonWithTorch } from '../test/support/python.ts';
import { Random } from '../worker/base/random.ts';
import { embed } from '../worker/encoding/embed.ts';
import { Encoder } from '../worker/encoding/encoder.ts';
import { type ReadingModel, readingModel } from '../worker/encoding/reading-model.ts';
import { wordPieces } from '../worker/encoding/test-support.ts';
import { withHead } from '../worker/models/bert-config.ts';
import { initialWeights } from '../worker/models/initialise.ts';
import { saveModel } from '../worker/models/load.ts';
import { ENCODER_PRESETS } from '../worker/models/presets.ts';
import { openDevice } from '../worker/runtime/open-device.ts';
import { saveTokenizer } from '../worker/tokenizers/tokenizer-files.ts';
import { machine, median, ms, printTable, ratio, runJson } from './support.ts';

const THREADS = 2;
const TEXTS = 64;
const BATCH = 8;
const ROUNDS = 4;
const LONGEST = 126;
const config = { ...withHead(ENCODER_PRESETS['bert-base'], 'none'), pooler: false };
const tokenizer = wordPieces([], config.vocab);

const Measurement = z.object({
  given: z.array(z.number()),
  byLength: z.array(z.number()),
  vectors: z.array(z.array(z.number())),
});

/** Of 3 to {@link LONGEST} tokens, short ones more often, as sentences are. */
function makeTexts(): string[] {
  const random = new Random(1, 'texts');
  return Array.from({ length: TEXTS }, () => {
    const tokens = 3 + Math.floor((LONGEST - 2) * random.uniform() ** 2);
    return Array.from({ length: tokens }, () => `w${random.integer(20_000)}`).join(' ');
  });
}

interface Timed {
  readonly ms: readonly number[];
  readonly vectors: Float32Array;
}

async function cloze(model: ReadingModel, texts: readonly string[]): Promise<Timed> {
  let { vectors } = await embed(model, texts); // compiles
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const started = performance.now();
    ({ vectors } = await embed(model, texts));
    times.push(performance.now() - started);
  }
  return { ms: times, vectors };
}

/** Undefined, with a word of why on stderr, where it can not be run. */
function transformers(folder: string, textsPath: string): z.infer<typeof Measurement> | undefined {
  const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
  const library = here(
    '../.cache/transformers/node_modules/@huggingface/transformers/dist/transformers.node.mjs',
  );
  if (!existsSync(library)) {
    process.stderr.write('@huggingface/transformers is not installed; bench/transformers/setup.sh does it\n');
    return undefined;
  }
  if (!existsSync(join(folder, 'onnx'))) {
    const made = spawnSync(pythonWithTorch(), [here('transformers/export.py'), folder], { encoding: 'utf8' });
    if (made.status !== 0) {
      process.stderr.write(`the model can not be exported: ${made.stderr.trim().split('\n').at(-1) ?? ''}\n`);
      return undefined;
    }
  }
  const args = [here('transformers/encode.js'), library, folder];
  const numbers = [String(THREADS), textsPath, String(BATCH), String(ROUNDS)];
  const how = { threads: THREADS, waiting: 'default' } as const;
  return runJson(process.execPath, [...args, ...numbers], Measurement, how);
}

function row(name: string, times: readonly number[], ours: readonly number[]): string[] {
  const typical = median(times);
  return [
    name,
    ms(typical),
    ms(Math.min(...times)),
    ((1000 * TEXTS) / typical).toFixed(1),
    ratio(typical / median(ours)),
    ratio(Math.min(...times) / Math.min(...ours)),
  ];
}

export default async function bench(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'cloze-bench-'));
  const { device } = await openDevice('cpu', { threads: THREADS });
  try {
    const state = device.createState();
    for (const { name, shape, data } of initialWeights({ ...config, initRange: 0.05 }, 1)) {
      state.share(name, { dtype: 'float32', shape, data });
    }
    const path = join(folder, 'bert');
    await saveModel(path, { config, state, tokenizer, specialIds: {}, files: {} });
    await saveTokenizer(path, tokenizer);
    const texts = makeTexts();
    const textsPath = join(folder, 'texts.json');
    writeFileSync(textsPath, JSON.stringify(texts));

    const model = readingModel(new Encoder(device, config, state), tokenizer);
    const before = transformers(path, textsPath);
    const ours = await cloze(model, texts);
    const after = transformers(path, textsPath);
    const peers = [before, after].flatMap((peer) => (peer === undefined ? [] : [peer]));
    printTable(
      `embeddings of ${TEXTS} texts, BERT-base, float32, batches of ${BATCH} (${machine()}, ${THREADS} threads)`,
      [
        ['', 'ms', 'best', 'texts/s', 'it / Cloze', 'best / best'],
        row('Cloze', ours.ms, ours.ms),
        ...peers.flatMap(({ given, byLength }) => [
          row('transformers, texts as they come', given, ours.ms),
          row('transformers, texts by length', byLength, ours.ms),
        ]),
      ],
    );
    if (before !== undefined) {
      const worst = before.vectors
        .flat()
        .reduce((most, value, i) => Math.max(most, Math.abs(value - ours.vectors[i]!)), 0);
      process.stdout.write(`the vectors differ by at most ${worst.toExponential(1)}\n`);
    }
  } finally {
    rmSync(folder, { recursive: true });
    await device.close();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bench();
