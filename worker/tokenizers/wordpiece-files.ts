import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { ClozeError, messageOf } from '../base/errors.ts';
import { readJson, writeFileAtomic } from '../base/files.ts';
import { BERT_SPECIAL } from './tokenizer.ts';
import { BERT_MODEL } from './wordpiece-model.ts';
import { WordPieceTokenizer } from './wordpiece.ts';

/** What BertTokenizer reads of a tokenizer_config.json. */
const ConfigSchema = z.looseObject({
  do_lower_case: z.boolean().default(true),
  strip_accents: z.boolean().nullish(),
  tokenize_chinese_chars: z.boolean().default(true),
});

/**
 * Reads BERT's vocab.txt, a token a line in the order of their ids, with the normalizer of the tokenizer_config.json beside
 * it; without one, text is lower-cased. Throws `tokenizer`.
 */
export async function readVocabFile(path: string, configPath: string): Promise<WordPieceTokenizer> {
  const config = existsSync(configPath)
    ? await readJson(configPath, ConfigSchema, 'tokenizer')
    : ConfigSchema.parse({});
  const lines = (await readFile(path, 'utf8')).replace(/\r?\n$/, '').split(/\r?\n/);
  const vocab = new Map<string, number>();
  for (const [id, token] of lines.entries()) {
    const known = vocab.get(token);
    if (known !== undefined) {
      throw new ClozeError(
        'tokenizer',
        `${path}: line ${id + 1}: "${token}" stands in line ${known + 1} already`,
        {
          details: { path, line: id + 1 },
        },
      );
    }
    vocab.set(token, id);
  }
  const addedTokens = Object.values(BERT_SPECIAL).flatMap((content) => {
    const id = vocab.get(content);
    return id === undefined ? [] : [{ id, content, special: true }];
  });
  try {
    return new WordPieceTokenizer({
      ...BERT_MODEL,
      vocab,
      addedTokens,
      normalizer: {
        cleanText: true,
        handleChineseChars: config.tokenize_chinese_chars,
        stripAccents: config.strip_accents ?? null,
        lowercase: config.do_lower_case,
      },
    });
  } catch (error) {
    throw new ClozeError('tokenizer', `${path}: ${messageOf(error)}`, { cause: error, details: { path } });
  }
}

/** Writes vocab.txt. An id without a token has a name that no text holds, so that the others keep theirs. Throws `disk`. */
export async function writeVocabFile(path: string, tokenizer: WordPieceTokenizer): Promise<void> {
  const lines = Array.from(
    { length: tokenizer.vocabSize },
    (_, id) => tokenizer.idToToken(id) ?? `[unused id ${id}]`,
  );
  await writeFileAtomic(path, `${lines.join('\n')}\n`);
}
