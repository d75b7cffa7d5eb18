/** How a model was trained to fill in the middle: what a completion shows it depends on that. */
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import * as z from 'zod';
import { readJson } from '../base/files.ts';
import { baseChain } from '../checkpoints/peft.ts';
import type { FimOrder } from '../generation/completion/prompt.ts';
import { SPECIAL, type Tokenizer } from '../tokenizers/tokenizer.ts';
import { RunFolder } from '../training/record.ts';

/** The file of a model folder that says it, in a key of our own that other readers pass over. */
export const GENERATION_CONFIG = 'generation_config.json';
const GenerationConfigSchema = z.object({
  cloze: z.object({ fim: z.enum(['spm', 'psm', 'none']) }).optional(),
});

/** The run that a checkpoint belongs to; of any other folder undefined. */
export function runOf(folder: string): RunFolder | undefined {
  const run = new RunFolder(dirname(dirname(resolve(folder))));
  return dirname(resolve(folder)) === run.checkpointsPath && existsSync(run.recordPath) ? run : undefined;
}

/**
 * The order that a model has learned, undefined for none. Its run says so, or what its export has written down; an adapter of
 * which neither is known does as its base. Any other model is taken by its tokens. Throws `config`, `checkpoint`.
 */
export async function learnedOrder(folder: string, tokenizer: Tokenizer): Promise<FimOrder | undefined> {
  for (const each of baseChain(folder)) {
    const said = await saidOrder(each);
    if (said !== undefined) return said === 'none' ? undefined : said;
  }
  const tokens = [SPECIAL.fimPrefix, SPECIAL.fimMiddle, SPECIAL.fimSuffix];
  return tokens.every((token) => tokenizer.specialTokens.has(token)) ? 'psm' : undefined;
}

/** What a folder itself says; undefined where it says nothing. */
async function saidOrder(folder: string): Promise<FimOrder | 'none' | undefined> {
  const run = runOf(folder);
  if (run !== undefined) {
    const { fimRate, fimSpmRate } = (await run.readRecord()).training;
    if (fimRate === 0) return 'none';
    return fimSpmRate > 0 ? 'spm' : 'psm';
  }
  const path = join(folder, GENERATION_CONFIG);
  return existsSync(path) ? (await readJson(path, GenerationConfigSchema)).cloze?.fim : undefined;
}
