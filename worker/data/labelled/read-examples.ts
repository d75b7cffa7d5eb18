import { extname } from 'node:path';
import { ClozeError } from '../../base/errors.ts';
import type { QuestionExample, TagExample, TextExample } from './examples.ts';
import { questionsFromJsonl, questionsFromSquad } from './question-examples.ts';
import { readText } from './read-text.ts';
import { tagsFromConll, tagsFromJsonl } from './tag-examples.ts';
import { textsFromCsv, textsFromJsonl } from './text-examples.ts';

type Parse<T> = (text: string, path: string) => T[];

const TEXTS: Readonly<Record<string, Parse<TextExample>>> = {
  '.jsonl': textsFromJsonl,
  '.csv': textsFromCsv,
  '.tsv': (text, path) => textsFromCsv(text, path, '\t'),
};
const TAGS: Readonly<Record<string, Parse<TagExample>>> = {
  '.jsonl': tagsFromJsonl,
  '.conll': tagsFromConll,
  '.bio': tagsFromConll,
  '.iob': tagsFromConll,
  '.iob2': tagsFromConll,
  '.txt': tagsFromConll,
};
const QUESTIONS: Readonly<Record<string, Parse<QuestionExample>>> = {
  '.jsonl': questionsFromJsonl,
  '.json': questionsFromSquad,
};

/** Texts with a label each from JSONL, CSV or TSV. Throws `data` with file and line. */
export function readTexts(path: string): TextExample[] {
  return readAs(path, TEXTS);
}

/** Sentences with a tag a word from JSONL or CoNLL's columns. Throws `data` with file and line. */
export function readTags(path: string): TagExample[] {
  return readAs(path, TAGS);
}

/** Questions with their contexts from JSONL or SQuAD's JSON. Throws `data` with file and line, or the question. */
export function readQuestions(path: string): QuestionExample[] {
  return readAs(path, QUESTIONS);
}

function readAs<T>(path: string, parsers: Readonly<Record<string, Parse<T>>>): T[] {
  const extension = extname(path).toLowerCase();
  const parse = parsers[extension];
  if (parse === undefined) {
    throw new ClozeError('data', `${path}: expected a file that ends in ${Object.keys(parsers).join(', ')}`, {
      details: { path, extension },
    });
  }
  const examples = parse(readText(path), path);
  if (examples.length === 0) {
    throw new ClozeError('data', `${path} has no examples`, { details: { path } });
  }
  return examples;
}
