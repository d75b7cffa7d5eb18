/**
 * Reads GGUF files with node-llama-cpp: node llama-cpp-reader.js NODE_LLAMA_CPP < questions.json. node-llama-cpp.ts says
 * what the questions and the answers, one array of JSON, are.
 */
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const { getLlama, LlamaLogLevel } = await import(pathToFileURL(process.argv[2]).href);
const llama = await getLlama({ gpu: false, build: 'never', maxThreads: 1, logLevel: LlamaLogLevel.error });

async function answer({ model: modelPath, texts = [], prompts = [], newTokens = 1 }) {
  const model = await llama.loadModel({ modelPath, gpuLayers: 0 });
  // the cache in float32, and attention that does not round it
  const context = await model.createContext({
    contextSize: 64,
    batchSize: 64,
    threads: 1,
    sequences: 1,
    flashAttention: false,
    experimentalKvCacheKeyType: 'F32',
    experimentalKvCacheValueType: 'F32',
  });
  const tokens = texts.map((text) => model.tokenize(text, false));
  const continuations = [];
  for (const prompt of prompts) continuations.push(await goOn(context, prompt, newTokens));
  const { bos, eos, infill, shouldPrependBosToken } = model.tokens;
  const { prefix, middle, suffix } = infill;
  const special = { bos, eos, prefix, middle, suffix, prependsBos: shouldPrependBosToken };
  const result = { tokens, texts: tokens.map((ids) => model.detokenize(ids)), continuations, special };
  await context.dispose();
  await model.dispose();
  return result;
}

async function goOn(context, prompt, newTokens) {
  const sequence = context.getSequence();
  const ids = [];
  const probabilities = [];
  const generateNext = { token: true, probabilities: true, options: { temperature: 0 } };
  for (let next = prompt; ids.length < newTokens; next = ids.slice(-1)) {
    const output = await sequence.controlledEvaluate([...next.slice(0, -1), [next.at(-1), { generateNext }]]);
    const { token, probabilities: each } = output.at(-1).next;
    ids.push(token);
    probabilities.push([...each].sort(([a], [b]) => a - b).map(([, probability]) => probability));
  }
  sequence.dispose();
  return { ids, probabilities };
}

const answers = [];
for (const question of JSON.parse(readFileSync(0, 'utf8'))) answers.push(await answer(question));
process.stdout.write(`${JSON.stringify(answers)}\n`, () => process.exit(0));
