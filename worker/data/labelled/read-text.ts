import { readFileSync } from 'node:fs';
import { ClozeError, messageOf, systemCode } from '../../base/errors.ts';

/** A file's text, without a byte order mark. Throws `data` if it cannot be read or is not UTF-8. */
export function readText(path: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const why = systemCode(error) === 'ENOENT' ? 'no such file' : messageOf(error);
    throw new ClozeError('data', `cannot read ${path}: ${why}`, { cause: error, details: { path } });
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new ClozeError('data', `${path} is not UTF-8 text`, {
      cause: error,
      hint: 'save it as UTF-8',
      details: { path },
    });
  }
}

/** JSON of a text that stands at `where`. Throws `data`. */
export function parseJson(text: string, where: string, hint?: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ClozeError('data', `${where} is not JSON: ${messageOf(error)}`, {
      cause: error,
      hint,
      details: { where },
    });
  }
}
