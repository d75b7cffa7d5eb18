/**
 * What opening a model of half a billion parameters (Qwen2-0.5B's shape, random weights, in shards) takes: the peak memory of a
 * process that opens it and writes a few tokens, beside the size of its file. `node --import tsx bench/loading.ts`.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { gpt2Tokenizer } from '../test/support/gpt2.ts';
import { mix32 } from '../worker/base/random.ts';
import { encodeFloats } from '../worker/checkpoints/floats.ts';
import type { TensorData } from '../worker/checkpoints/safetensors.ts';
import { writeTensors } from '../worker/checkpoints/sharded.ts';
import { sizeOf } from '../worker/graph/tensor.ts';
import { type GptConfig, GptConfigSchema } from '../worker/models/config.ts';
import { toHuggingFace } from '../worker/models/huggingface.ts';
import { parameterShapes } from '../worker/models/layout.ts';
import type { WeightPrecision } from '../worker/models/weight-precision.ts';
import { toTokenizerJson } from '../worker/tokenizers/tokenizer-json.ts';
import { machine, megabytes, ms, printTable, ratio, runJson } from './support.ts';

const GOAL = 1.3;
const SHARD_BYTES = 500_000_000;

const CONFIG: GptConfig = GptConfigSchema.parse({
  layout: 'qwen2',
  vocab: 151_936,
  context: 32_768,
  layers: 24,
  width: 896,
  heads: 14,
  kvHeads: 2,
  headWidth: 64,
  feedForward: 4864,
  activation: 'swiglu',
  norm: 'rmsnorm',
  positions: 'rotary',
  bias: 'qkv',
  tiedHead: true,
});

const Opened = z.object({
  precision: z.string(),
  memoryBytes: z.number(),
  openMs: z.number(),
  msPerToken: z.number(),
});

/** Values that differ from tensor to tensor, made while they are written. */
function randomTensor(seed: number, shape: readonly number[], dtype: 'F32' | 'BF16'): TensorData {
  const count = sizeOf(shape);
  const norm = shape.length === 1 ? 1 : 0;
  const piece = 1 << 20;
  return {
    dtype,
    shape,
    bytes: count * (dtype === 'F32' ? 4 : 2),
    *chunks() {
      for (let start = 0; start < count; start += piece) {
        const values = Float32Array.from(
          { length: Math.min(piece, count - start) },
          (_, i) => norm + (mix32(seed * 0x10000000 + start + i) / 2 ** 32 - 0.5) * 0.1,
        );
        yield encodeFloats(dtype, values);
      }
    },
  };
}

async function writeModel(folder: string, dtype: 'F32' | 'BF16'): Promise<number> {
  const entries = [...parameterShapes(CONFIG)].map(([name, shape], i): [string, TensorData] => [
    name,
    randomTensor(i, shape, dtype),
  ]);
  writeTensors(folder, new Map(entries), SHARD_BYTES);
  writeFileSync(join(folder, 'config.json'), JSON.stringify(toHuggingFace(CONFIG)));
  writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(toTokenizerJson(await gpt2Tokenizer())));
  return entries.reduce((sum, [, { bytes }]) => sum + bytes, 0);
}

const script = fileURLToPath(new URL('loading-open.ts', import.meta.url));
const rows: string[][] = [['file', 'weights', 'peak memory', 'of the file', 's to open', 'ms/token']];
for (const dtype of ['F32', 'BF16'] as const) {
  const folder = mkdtempSync(join(tmpdir(), 'cloze-loading-'));
  try {
    const bytes = await writeModel(folder, dtype);
    const asked: readonly (WeightPrecision | 'default')[] = ['default', 'int8', 'int4'];
    for (const precision of asked) {
      const args = ['--import', 'tsx', script, folder, precision];
      const opened = runJson(process.execPath, args, Opened, { threads: 2, waiting: 'passive' });
      if (opened === undefined) continue;
      rows.push([
        `${dtype}, ${megabytes(bytes)}`,
        precision === 'default' ? `${opened.precision}, by default` : precision,
        megabytes(opened.memoryBytes),
        ratio(opened.memoryBytes / bytes),
        (opened.openMs / 1000).toFixed(1),
        ms(opened.msPerToken),
      ]);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}
printTable(
  `Qwen2-0.5B's shape opened to write (${machine()}, 2 threads); goal: ${GOAL} times the file`,
  rows,
);
