/** Opens a model, writes a few tokens, and prints what that took as JSON; see loading.ts. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from '../worker/generation/generate.ts';
import { WEIGHT_PRECISIONS } from '../worker/models/weight-precision.ts';
import { OpenTextModel } from '../worker/services/text-model.ts';

const [folder = '', asked = ''] = process.argv.slice(2);
const cache = mkdtempSync(join(tmpdir(), 'cloze-cache-'));
process.env.CLOZE_CACHE = cache;
try {
  const started = performance.now();
  const weights = WEIGHT_PRECISIONS.find((each) => each === asked);
  const model = await OpenTextModel.open({ model: folder, provider: 'cpu', weights });
  await model.warmUp();
  const openMs = performance.now() - started;
  let msPerToken = NaN;
  for await (const event of generate(model.text, 'function read(path) {\n', {
    temperature: 0,
    maxTokens: 8,
  })) {
    if (event.type === 'done') msPerToken = event.msPerToken ?? NaN;
  }
  const memoryBytes = process.resourceUsage().maxRSS * 1024;
  const { weights: precision } = model.description;
  process.stdout.write(`${JSON.stringify({ precision, memoryBytes, openMs, msPerToken })}\n`);
  await model.close();
} finally {
  rmSync(cache, { recursive: true });
}
