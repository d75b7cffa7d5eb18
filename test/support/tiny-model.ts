/** A small GPT in a Hugging Face folder, as anyone may have put it on a Hub. */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeModelFolder } from '../../worker/checkpoints/folder.ts';
import { checkModelConfig, GptConfigSchema } from '../../worker/models/config.ts';
import { toHuggingFace } from '../../worker/models/huggingface.ts';
import { tensorsToWrite } from '../../worker/models/weights.ts';
import { trainBpe } from '../../worker/tokenizers/bpe-trainer.ts';
import { saveTokenizer } from '../../worker/tokenizers/tokenizer-files.ts';
import { randomWeights } from './random-weights.ts';
import { codeSamples } from './texts.ts';

const VOCABULARY = 300;

/** Writes the folder, which must not be there; `changes` go into config.json as they are. */
export async function writeTinyModel(
  folder: string,
  { shardBytes, changes = {} }: { shardBytes?: number; changes?: object } = {},
): Promise<void> {
  const config = checkModelConfig(
    GptConfigSchema.parse({
      vocab: VOCABULARY,
      context: 32,
      layers: 2,
      width: 16,
      heads: 2,
      kvHeads: 1,
      headWidth: 8,
      feedForward: 32,
      layout: 'llama',
      norm: 'rmsnorm',
      positions: 'rotary',
      activation: 'swiglu',
      bias: 'none',
      tiedHead: false,
    }),
  );
  const parameters = new Map([...randomWeights(config)].map(([name, { data }]) => [name, data]));
  writeModelFolder(folder, {
    config: { ...toHuggingFace(config), ...changes },
    generationConfig: { eos_token_id: 0 },
    tensors: tensorsToWrite(config, parameters),
    maxShardBytes: shardBytes,
  });
  mkdirSync(folder, { recursive: true });
  const { tokenizer } = await trainBpe({ texts: codeSamples(), vocabSize: VOCABULARY });
  await saveTokenizer(folder, tokenizer);
}

/** The files of a folder by name, as a fake Hub takes them. */
export function filesIn(folder: string): Record<string, Uint8Array> {
  return Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]));
}
