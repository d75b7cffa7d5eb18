/** The form's word for a tokenizer ('', 'bpe:N', 'wordpiece:N', 'char' or a folder), and its parts. */

import * as z from 'zod';

const KINDS = ['default', 'bpe', 'wordpiece', 'char', 'folder'] as const;

export type TokenizerKind = (typeof KINDS)[number];

export const TokenizerChoiceSchema = z.object({
  kind: z.enum(KINDS),
  /** V, as it stands in its field. */
  size: z.string(),
  folder: z.string(),
});
export type TokenizerChoice = Readonly<z.output<typeof TokenizerChoiceSchema>>;

/** 256 bytes and five special tokens. */
export const SMALLEST = 261;

/** Five special tokens and a character; how many characters there are, the data says. */
const SMALLEST_WORDPIECE = 6;

export function tokenizerChoice(text: string): Partial<TokenizerChoice> {
  if (text === '') return { kind: 'default' };
  if (text === 'char') return { kind: 'char' };
  const [, kind, size] = /^(bpe|wordpiece):(\d+)$/.exec(text) ?? [];
  return size !== undefined && (kind === 'bpe' || kind === 'wordpiece')
    ? { kind, size }
    : { kind: 'folder', folder: text };
}

export function tokenizerText({ kind, size, folder }: TokenizerChoice): { text?: string; problem?: string } {
  switch (kind) {
    case 'default':
      return { text: '' };
    case 'char':
      return { text: 'char' };
    case 'bpe':
    case 'wordpiece': {
      const value = Number(size);
      const smallest = kind === 'bpe' ? SMALLEST : SMALLEST_WORDPIECE;
      return Number.isInteger(value) && value >= smallest
        ? { text: `${kind}:${value}` }
        : { problem: `Expected a whole number of at least ${smallest}` };
    }
    case 'folder':
      return folder.trim() === '' ? { problem: 'Expected a folder' } : { text: folder.trim() };
  }
}

/** Whether a vocabulary's size belongs to it. */
export function hasSize(kind: TokenizerKind): boolean {
  return kind === 'bpe' || kind === 'wordpiece';
}

/** A drop-down's value as a kind. */
export function kindOf(value: string): TokenizerKind {
  return KINDS.find((kind) => kind === value) ?? 'default';
}
