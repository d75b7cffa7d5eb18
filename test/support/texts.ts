import { readdirSync, readFileSync } from 'node:fs';
import { Random } from '../../worker/base/random.ts';

/** Texts that tokenizers get wrong, and plain ones. */

const root = new URL('../../', import.meta.url);

/** A realistic source file in each of twelve languages. */
export function codeSamples(): string[] {
  const folder = new URL('test/fixtures/code/', root);
  return readdirSync(folder)
    .sort()
    .map((name) => readFileSync(new URL(name, folder), 'utf8'));
}

/** About 1 MB of real TypeScript and Markdown, from development dependencies of pinned versions. */
export function realCode(): string[] {
  return [
    'typescript/lib/lib.es5.d.ts',
    'typescript/lib/lib.webworker.d.ts',
    'zod/README.md',
    'tsx/README.md',
  ].map((path) => readFileSync(new URL(`node_modules/${path}`, root), 'utf8'));
}

/** Every code point there is, lone surrogates included, 64 a text. */
export function allOfUnicode(): string[] {
  const chunk = (start: number): string =>
    Array.from({ length: 64 }, (_, i) => String.fromCodePoint(start + i)).join('');
  return Array.from({ length: 0x110000 / 64 }, (_, i) => chunk(i * 64));
}

/** Lone, doubled and reversed surrogates, alone and inside words. */
export function invalidUtf16(): string[] {
  const parts = ['\ud800', '\udc00', '\udbff', '\udfff', 'a', ' ', '\ud83d\ude00', "'s"];
  return parts.flatMap((a) => parts.flatMap((b) => parts.map((c) => `x${a}${b}${c}`))).concat(parts);
}

export function emoji(): string[] {
  return [
    '👨‍👩‍👧‍👦👩🏽‍💻🏳️‍🌈🇩🇪🇯🇵',
    '👍🏿 thumbs  👍 up',
    '☺️☺︎ ©️ 1️⃣2️⃣',
    'e\u0301 é ｆｕｌｌ ﬁ ½ ² Ⅷ ٣ ३',
    'नमस्ते สวัสดี שלום مرحبا 你好 안녕',
    '\u202eabc\u202c \u200b\u200d\ufeff\ufffe',
  ];
}

/** Runs of every white space, of one kind and mixed, before and after words and at the ends. */
export function whitespaceRuns(): string[] {
  const spaces = [
    ' ',
    '\t',
    '\n',
    '\r\n',
    '\u00a0',
    '\u0085',
    '\u2003',
    '\u3000',
    '\u2028',
    '\v',
    '\f',
    '\ufeff',
    '\u180e',
  ];
  const runs = spaces.flatMap((a) => [a, a + a, a.repeat(3), a.repeat(17), ...spaces.map((b) => a + b + a)]);
  return runs.flatMap((run) => [run, `a${run}b`, `${run}1`, `;${run}`, `it${run}'s`]);
}

/** Strings over an alphabet in which neighbouring characters decide where a word ends. */
export function randomTexts(count: number, seed = 1): string[] {
  const alphabet = [
    ...Array.from(" \t\n'''stmdrevllSTabZéß中0٣½_-.{(=\u00a0\u0085\ufeff😀"),
    '\ud800',
    '  ',
    "'ll",
    "'re",
    '->',
  ];
  const random = new Random(seed, 'texts');
  const text = (): string =>
    Array.from({ length: 1 + random.integer(40) }, () => alphabet[random.integer(alphabet.length)]!).join('');
  return Array.from({ length: count }, text);
}

/** One line of `length` characters: words, or one word. */
export function longLine(length: number, spaces: boolean): string {
  const random = new Random(7, 'line');
  const letters = spaces ? 'etaoin shrdlu ' : 'etaoinshrdlu';
  return Array.from({ length }, () => letters[random.integer(letters.length)]!).join('');
}

/** Everything above but the long lines. */
export function fuzzCorpus(): string[] {
  return [
    '',
    ...codeSamples(),
    ...allOfUnicode(),
    ...invalidUtf16(),
    ...emoji(),
    ...whitespaceRuns(),
    ...randomTexts(3000),
  ];
}

/** True for text that UTF-8 can hold: no lone surrogate. */
export function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}
