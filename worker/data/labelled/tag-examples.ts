import * as z from 'zod';
import { ClozeError } from '../../base/errors.ts';
import type { TagExample } from './examples.ts';
import { jsonLines } from './jsonl.ts';

const LineSchema = z
  .looseObject({ tokens: z.array(z.string().min(1)).min(1), tags: z.array(z.string().min(1)) })
  .superRefine(({ tokens, tags }, context) => {
    if (tokens.length === tags.length) return;
    const message = `expected a tag for each token, got ${tokens.length} tokens and ${tags.length} tags`;
    context.addIssue({ code: 'custom', message });
  });

const LINE = {
  schema: LineSchema,
  fields: Object.keys(LineSchema.shape),
  example: '{"tokens": ["Ada", "sings"], "tags": ["B-PER", "O"]}',
};

/** Lines `{"tokens": [...], "tags": [...]}`. Throws `data` with file and line. */
export function tagsFromJsonl(text: string, path: string): TagExample[] {
  return Array.from(jsonLines(text, LINE, path), ({ where, value: { tokens, tags } }) => ({
    tokens,
    tags,
    where,
  }));
}

/**
 * CoNLL's columns: a word a line, in the first column, and its tag in the last; blanks or tabs between them; an empty
 * line ends a sentence, and `-DOCSTART-` lines are skipped (Tjong Kim Sang and De Meulder 2003). Throws `data` with
 * the line whose number of columns is not that of the first.
 */
export function tagsFromConll(text: string, path: string): TagExample[] {
  const sentences: TagExample[] = [];
  let sentence: { tokens: string[]; tags: string[]; where: string } | undefined;
  let width: number | undefined;
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    const columns = line.trim().split(/[ \t]+/);
    if (columns[0] === '' || columns[0] === '-DOCSTART-') {
      sentence = undefined;
      continue;
    }
    width ??= Math.max(2, columns.length);
    if (columns.length !== width) throw unbalanced(path, i + 1, width, columns.length);
    if (sentence === undefined)
      sentences.push((sentence = { tokens: [], tags: [], where: `${path}:${i + 1}` }));
    sentence.tokens.push(columns[0]!);
    sentence.tags.push(columns.at(-1)!);
  }
  return sentences;
}

function unbalanced(path: string, line: number, expected: number, got: number): ClozeError {
  return new ClozeError('data', `${path}:${line}: expected ${expected} columns, got ${got}`, {
    hint: 'each line has a word, its tag in the last column, and the same columns as the first line; an empty line ends a sentence',
    details: { path, line, expected, got },
  });
}
