import assert from 'node:assert/strict';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { requireWriter } from './writer.ts';

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../test/fixtures/parity/${name}`, import.meta.url));

it('requireWriter: a GPT passes, a BERT is told what it is for', () => {
  assert.doesNotThrow(() => requireWriter(fixture('gpt2')));
  assert.throws(() => requireWriter(fixture('bert/token_classification')), {
    code: 'usage',
    message: /^token_classification is a BERT, which reads text and writes none: it can not complete code$/,
    hint: /Tag Entities/,
  });
  assert.throws(() => requireWriter(fixture('none')), { code: 'usage' });
});
