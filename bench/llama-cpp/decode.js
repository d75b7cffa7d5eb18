/**
 * Times llama.cpp through node-llama-cpp: node decode.js NODE_LLAMA_CPP MODEL.gguf THREADS PROMPT_TOKENS NEW_TOKENS.
 * Prints one line of JSON: ms to read the prompt, ms of each new token, and the greedy ids.
 */
import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';

const [library, modelPath, ...numbers] = process.argv.slice(2);
const [threads, promptTokens, newTokens] = numbers.map(Number);
const { getLlama, LlamaLogLevel } = await import(pathToFileURL(library).href);

const llama = await getLlama({
  gpu: false,
  build: 'never',
  maxThreads: threads,
  logLevel: LlamaLogLevel.error,
});
const model = await llama.loadModel({ modelPath, gpuLayers: 0 });
const context = await model.createContext({ contextSize: 1024, batchSize: 512, threads, sequences: 1 });
const sequence = context.getSequence();
const prompt = Array.from({ length: promptTokens }, (_, i) => (i * 7919) % 50257);

await sequence.evaluateWithoutGeneratingNewTokens(prompt.slice(0, 8)); // warm up
const prefills = [];
for (let i = 0; i < 3; i++) {
  await sequence.clearHistory();
  const started = performance.now();
  await sequence.evaluateWithoutGeneratingNewTokens(prompt);
  prefills.push(performance.now() - started);
}
await continuation(); // warm up
const { ids, tokenMs } = await continuation();
process.stdout.write(`${JSON.stringify({ prefillMs: Math.min(...prefills), tokenMs, ids })}\n`);
process.exit(0);

/** Greedy ids, and ms of each but the first. */
async function continuation() {
  await sequence.clearHistory();
  const ids = [];
  const tokenMs = [];
  let last = 0;
  for await (const id of sequence.evaluate(prompt, { temperature: 0, yieldEogToken: true })) {
    const now = performance.now();
    if (ids.length > 0) tokenMs.push(now - last);
    last = now;
    if (ids.push(id) > newTokens) break;
  }
  return { ids, tokenMs };
}
