/** ESLint's own source (MIT), which is a development dependency: text that comes with its truth. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { globbySync } from 'globby';

export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

export function eslintSource(): SourceFile[] {
  const cwd = fileURLToPath(new URL('../../node_modules/eslint/lib', import.meta.url));
  return globbySync('**/*.js', { cwd, absolute: true })
    .sort()
    .map((path) => ({ path, text: readFileSync(path, 'utf8') }));
}
