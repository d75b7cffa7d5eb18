import { ClozeError } from '../../base/errors.ts';

/** A record of a CSV file, and the line that it begins on, from 1. */
export interface CsvRecord {
  readonly line: number;
  readonly fields: readonly string[];
}

/** A field without quotes up to what ends it, or the inside of a quoted one. */
const PLAIN = (delimiter: string): RegExp => new RegExp(`[^${delimiter}\\r\\n"]*`, 'y');
const QUOTED = /"((?:[^"]|"")*)"/y;

/**
 * The records of a CSV text (RFC 4180): fields between delimiters, quoted where they hold a delimiter, a line break or
 * a quote, which is then doubled. Lines end in CRLF, LF or CR; empty ones are skipped. Throws `data` with the line of
 * a quote that is not closed or stands where none may.
 */
export function* csvRecords(
  text: string,
  path: string,
  delimiter: ',' | '\t' | ';' = ',',
): Generator<CsvRecord> {
  const plain = PLAIN(delimiter);
  let at = 0;
  let line = 1;
  while (at < text.length) {
    const first = line;
    const fields: string[] = [];
    for (;;) {
      const quoted = text[at] === '"';
      const pattern = quoted ? QUOTED : plain;
      pattern.lastIndex = at;
      const match = pattern.exec(text);
      if (match === null) throw wrong(path, line, 'a quote is not closed');
      at = pattern.lastIndex;
      line += lineBreaks(match[0]);
      fields.push(quoted ? match[1]!.replaceAll('""', '"') : match[0]);
      if (text[at] !== delimiter) break;
      at++;
    }
    if (at < text.length) {
      const end = /\r\n|\r|\n/y;
      end.lastIndex = at;
      if (!end.test(text)) throw wrong(path, line, `expected a field's end, got ${JSON.stringify(text[at])}`);
      at = end.lastIndex;
      line++;
    }
    if (fields.length > 1 || fields[0] !== '') yield { line: first, fields };
  }
}

function lineBreaks(text: string): number {
  return text.match(/\r\n|\r|\n/g)?.length ?? 0;
}

function wrong(path: string, line: number, what: string): ClozeError {
  return new ClozeError('data', `${path}:${line}: ${what}`, {
    hint: 'a field that holds a quote stands in quotes, and the quote in it is doubled',
    details: { path, line },
  });
}
