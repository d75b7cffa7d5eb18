/** The form's word for a tokenizer ('', 'bpe:N', 'char' or a folder), and its parts. */

import * as z from 'zod';

const KINDS = ['default', 'bpe', 'char', 'folder'] as const;

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

export function tokenizerChoice(text: string): Partial<TokenizerChoice> {
  if (text === '') return { kind: 'default' };
  if (text === 'char') return { kind: 'char' };
  const size = /^bpe:(\d+)$/.exec(text)?.[1];
  return size === undefined ? { kind: 'folder', folder: text } : { kind: 'bpe', size };
}

export function tokenizerText({ kind, size, folder }: TokenizerChoice): { text?: string; problem?: string } {
  switch (kind) {
    case 'default':
      return { text: '' };
    case 'char':
      return { text: 'char' };
    case 'bpe': {
      const value = Number(size);
      return Number.isInteger(value) && value >= SMALLEST
        ? { text: `bpe:${value}` }
        : { problem: `Expected a whole number of at least ${SMALLEST}` };
    }
    case 'folder':
      return folder.trim() === '' ? { problem: 'Expected a folder' } : { text: folder.trim() };
  }
}

/** A drop-down's value as a kind. */
export function kindOf(value: string): TokenizerKind {
  return KINDS.find((kind) => kind === value) ?? 'default';
}
