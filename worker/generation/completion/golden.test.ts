/** Runs the cases of golden/*.txt; golden/README.md says how they are written. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { placeOf } from './place.ts';
import { CompletionSchema, NOTHING } from './result.ts';
import { StopFilter } from './stop-filter.ts';
import { type Trimmed, trimCompletion } from './trim.ts';

const FOLDER = fileURLToPath(new URL('golden/', import.meta.url));

const OptionsSchema = z.strictObject({
  lines: z.enum(['auto', 'single', 'multi']).optional(),
  indent: z.string().optional(),
  /** How the model ended, unless a rule did. */
  ended: CompletionSchema.shape.reason.default('end'),
});

const ExpectedSchema = z.strictObject({
  rule: CompletionSchema.shape.reason.optional(),
  replace: z.coerce.number().default(0),
  nothing: z.enum(NOTHING).optional(),
});

interface Case {
  readonly name: string;
  readonly options: z.output<typeof OptionsSchema>;
  readonly code: string;
  readonly generated: string;
  readonly shown: string;
  readonly expected: z.output<typeof ExpectedSchema>;
}

for (const file of readdirSync(FOLDER).filter((name) => name.endsWith('.txt'))) {
  describe(`completions: ${file.replace('.txt', '')}`, () => {
    for (const each of casesIn(readFileSync(FOLDER + file, 'utf8'))) it(each.name, () => check(each));
  });
}

function check({ options, code, generated, shown, expected }: Case): void {
  const [prefix, suffix, ...more] = code.split('▮');
  assert.ok(prefix !== undefined && suffix !== undefined && more.length === 0, 'the code has one cursor');
  const { rule, replace, nothing } = expected;
  for (const size of [1, 3, generated.length]) {
    const { text, reason } = complete(prefix, suffix, pieces(generated, size), options);
    assert.deepEqual(text, { text: shown, replace, ...(nothing === undefined ? {} : { nothing }) });
    if (rule !== undefined) assert.equal(reason, rule);
  }
}

function complete(
  prefix: string,
  suffix: string,
  generated: readonly string[],
  { ended, ...options }: Case['options'],
): { text: Trimmed; reason: string } {
  const place = placeOf({ prefix, suffix, ...options });
  const filter = new StopFilter(place);
  for (const piece of generated) filter.push(piece);
  if (ended === 'end') filter.end();
  const reason = filter.rule ?? ended;
  return { text: trimCompletion(filter.text, reason, place), reason };
}

function pieces(text: string, size: number): string[] {
  const count = Math.ceil(text.length / Math.max(1, size));
  return Array.from({ length: count }, (_, i) => text.slice(i * size, (i + 1) * size));
}

function casesIn(file: string): Case[] {
  return file
    .split(/^=== /m)
    .slice(1)
    .map((each) => {
      const [name, ...sections] = each.split(/^--- ?/m);
      const section = (title: string): { title: string; body: string } => {
        const found = sections.find((text) => text.startsWith(title));
        assert.ok(found !== undefined, `${name!.trim()} has no section ${title}`);
        const end = found.indexOf('\n');
        return { title: found.slice(title.length, end).trim(), body: visible(found.slice(end + 1)) };
      };
      const [code, generated, shown] = ['code', 'generated', 'shown'].map(section);
      return {
        name: name!.trim(),
        options: OptionsSchema.parse(settings(code!.title)),
        code: code!.body,
        generated: generated!.body,
        shown: shown!.body,
        expected: ExpectedSchema.parse(settings(shown!.title)),
      };
    });
}

/** `a=b, c=d` as an object. */
function settings(line: string): Record<string, string> {
  const pairs = line.split(',').filter((pair) => pair.trim() !== '');
  return Object.fromEntries(
    pairs.map((pair) => pair.split('=').map((word) => marked(word.trim())) as [string, string]),
  );
}

/** The text of a section: without its last line break, and with the white space that marks stand for. */
function visible(body: string): string {
  return marked(body.replace(/\n$/, ''));
}

function marked(text: string): string {
  return text.replaceAll('·', ' ').replaceAll('→', '\t');
}
