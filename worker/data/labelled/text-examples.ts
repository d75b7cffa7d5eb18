import * as z from 'zod';
import { ClozeError } from '../../base/errors.ts';
import type { CsvRecord } from './csv.ts';
import { csvRecords } from './csv.ts';
import type { TextExample } from './examples.ts';
import { jsonLines } from './jsonl.ts';
import { refuseMisspelt } from './misspelt.ts';

const LineSchema = z.looseObject({
  text: z.string(),
  pair: z.string().optional(),
  label: z
    .union([z.string().min(1), z.int(), z.boolean()], {
      error: ({ input }) => `expected a word, a whole number, true or false, got ${JSON.stringify(input)}`,
    })
    .transform(String),
});

const LINE = {
  schema: LineSchema,
  fields: Object.keys(LineSchema.shape),
  example: '{"text": "...", "label": "..."}, with "pair" for a second text',
};

/** Lines `{"text": ..., "label": ...}`, with `"pair"` for a second text. Throws `data` with file and line. */
export function textsFromJsonl(text: string, path: string): TextExample[] {
  return Array.from(jsonLines(text, LINE, path), ({ where, value }) => ({
    text: value.text,
    pair: value.pair,
    label: value.label,
    where,
  }));
}

/**
 * Records under a header that names the columns `text` and `label`, and perhaps `pair`; others are left alone. Throws
 * `data` with file and line.
 */
export function textsFromCsv(text: string, path: string, delimiter: ',' | '\t' | ';' = ','): TextExample[] {
  const [header, ...records] = csvRecords(text, path, delimiter);
  if (header === undefined) throw new ClozeError('data', `${path} is empty`, { details: { path } });
  const columns = columnsOf(header, path);
  return records.map((record) => textOf(record, columns, header.fields.length, path));
}

interface Columns {
  readonly text: number;
  readonly label: number;
  /** -1 where there is none. */
  readonly pair: number;
}

function columnsOf({ fields, line }: CsvRecord, path: string): Columns {
  const names = fields.map((name) => name.trim().toLowerCase());
  refuseMisspelt(names, LINE.fields, `${path}:${line}`);
  const columns = { text: names.indexOf('text'), label: names.indexOf('label'), pair: names.indexOf('pair') };
  if (columns.text < 0 || columns.label < 0) {
    throw new ClozeError(
      'data',
      `${path}:${line}: expected the columns text and label, got ${fields.join(', ')}`,
      { hint: 'name the columns in the first line', details: { path, columns: fields } },
    );
  }
  return columns;
}

function textOf(
  { fields, line }: CsvRecord,
  { text, label, pair }: Columns,
  width: number,
  path: string,
): TextExample {
  const where = `${path}:${line}`;
  if (fields.length !== width) {
    throw new ClozeError('data', `${where}: expected ${width} columns, got ${fields.length}`, {
      hint: 'a text that holds a comma or a line break stands in quotes',
      details: { path, line },
    });
  }
  if (fields[label] === '')
    throw new ClozeError('data', `${where}: the label is empty`, { details: { path, line } });
  return { text: fields[text]!, pair: pair < 0 ? undefined : fields[pair], label: fields[label]!, where };
}
