import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Holds a text against test/fixtures/NAME. `CLOZE_UPDATE_GOLDEN=1` writes the file instead: look at the difference. */
export function assertGolden(name: string, text: string): void {
  const path = fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
  if (process.env.CLOZE_UPDATE_GOLDEN !== undefined) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  assert.equal(
    text,
    readFileSync(path, 'utf8'),
    `not as in test/fixtures/${name} (CLOZE_UPDATE_GOLDEN=1 writes it)`,
  );
}
