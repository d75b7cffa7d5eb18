/** A small GPT in a Hugging Face folder, as anyone may have put it on a Hub. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeModelFolder } from '../../worker/checkpoints/folder.ts';
import { checkModelConfig, GptConfigSchema } from '../../worker/models/config.ts';
import { toHuggingFace } from '../../worker/models/huggingface.ts';
import { tensorsToWrite } from '../../worker/models/weights.ts';
import { BpeTokenizer } from '../../worker/tokenizers/bpe.ts';
import { BYTE_SYMBOLS } from '../../worker/tokenizers/byte-symbols.ts';
import { saveTokenizer } from '../../worker/tokenizers/tokenizer-files.ts';
import { randomWeights } from './random-weights.ts';

const VOCABULARY = 300;

/** A byte-level BPE without merges. */
const BYTES = new BpeTokenizer({
  vocab: new Map(BYTE_SYMBOLS.map((symbol, byte) => [symbol, byte])),
  merges: [],
  addedTokens: [{ id: 256, content: '<|endoftext|>', special: true }],
});

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
    generationConfig: { eos_token_id: 256 },
    tensors: tensorsToWrite(config, parameters),
    maxShardBytes: shardBytes,
  });
  await saveTokenizer(folder, BYTES);
}

/** The files of a folder by name, as a fake Hub takes them. */
export function filesIn(folder: string): Record<string, Uint8Array> {
  return Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]));
}
