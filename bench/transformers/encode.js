/**
 * Times embeddings with @huggingface/transformers: node encode.js LIBRARY MODEL_FOLDER THREADS TEXTS.json BATCH ROUNDS.
 * Prints one line of JSON: ms of each round as the texts come and sorted by length, and the vectors of the last round.
 */
import { readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';

const [library, folder, threads, textsPath, batch, rounds] = process.argv.slice(2);
const { env, pipeline } = await import(pathToFileURL(library).href);
env.allowRemoteModels = false;
env.localModelPath = dirname(folder);

const texts = JSON.parse(readFileSync(textsPath, 'utf8'));
const sorted = texts.toSorted((a, b) => b.length - a.length);
const extract = await pipeline('feature-extraction', basename(folder), {
  device: 'cpu',
  dtype: 'fp32',
  session_options: {
    intraOpNumThreads: Number(threads),
    interOpNumThreads: 1,
    executionMode: 'sequential',
  },
});

async function embed(list) {
  const vectors = [];
  for (let at = 0; at < list.length; at += Number(batch)) {
    const part = await extract(list.slice(at, at + Number(batch)), { pooling: 'mean' });
    vectors.push(...part.tolist());
  }
  return vectors;
}

async function time(list) {
  const started = performance.now();
  const vectors = await embed(list);
  return { ms: performance.now() - started, vectors };
}

await embed(sorted);
const given = [];
const byLength = [];
let vectors;
for (let round = 0; round < Number(rounds); round++) {
  const one = await time(texts);
  given.push(one.ms);
  vectors = one.vectors;
  byLength.push((await time(sorted)).ms);
}
process.stdout.write(`${JSON.stringify({ given, byLength, vectors })}\n`, () => process.exit(0));
