/** What one token of a tokenizer.json stands for, by its decoder. */
import * as z from 'zod';
import { bytesOfToken } from './byte-symbols.ts';
import { parsePart, type TokenizerJson, unsupported } from './tokenizer-json-schema.ts';

type Json = Readonly<Record<string, unknown>>;

/** The UTF-8 bytes of a token between others: with the blank that it brings. */
export type TokenSpelling = (token: string) => Uint8Array;

const StepSchema = z.looseObject({ type: z.string() });
const SequenceSchema = z.looseObject({ decoders: z.array(StepSchema) });
const ReplaceSchema = z.looseObject({ pattern: z.looseObject({ String: z.string() }), content: z.string() });
const MetaspaceSchema = z.looseObject({ replacement: z.string().default('▁') });
const WordPieceSchema = z.looseObject({ prefix: z.string().default('##') });
const BpeSchema = z.looseObject({ suffix: z.string().default('</w>') });

/** Throws `tokenizer` for a decoder that does not say what a single token stands for. */
export function tokenSpelling(decoder: TokenizerJson['decoder']): TokenSpelling {
  const steps =
    decoder?.type === 'Sequence'
      ? parsePart('decoder', SequenceSchema, decoder).decoders
      : decoder
        ? [decoder]
        : [];
  if (steps.some(({ type }) => type === 'ByteLevel')) return bytesOfToken;
  const rewrites = decoder ? steps.map(rewriteOf) : [(token: string) => ` ${token}`];
  const hasBytes = steps.some(({ type }) => type === 'ByteFallback');
  return (token) => {
    const byte = hasBytes ? /^<0x([0-9A-F]{2})>$/.exec(token)?.[1] : undefined;
    if (byte !== undefined) return Uint8Array.of(Number.parseInt(byte, 16));
    return new TextEncoder().encode(rewrites.reduce((text, rewrite) => rewrite(text), token));
  };
}

function rewriteOf(step: z.output<typeof StepSchema>): (text: string) => string {
  const part = <T>(schema: z.ZodType<T>): T => parsePart(`decoder ${step.type}`, schema, step as Json);
  switch (step.type) {
    case 'Replace': {
      const { pattern, content } = part(ReplaceSchema);
      return (text) => text.replaceAll(pattern.String, content);
    }
    case 'Metaspace': {
      const { replacement } = part(MetaspaceSchema);
      return (text) => text.replaceAll(replacement, ' ');
    }
    case 'WordPiece': {
      const { prefix } = part(WordPieceSchema);
      return (text) => (text.startsWith(prefix) ? text.slice(prefix.length) : ` ${text}`);
    }
    case 'BPEDecoder': {
      const { suffix } = part(BpeSchema);
      return (text) => text.replaceAll(suffix, ' ');
    }
    case 'ByteFallback':
    case 'Fuse':
    case 'Strip': // of the whole text's ends
      return (text) => text;
    default:
      throw unsupported('decoder', 'one that spells tokens one by one', step.type);
  }
}
