/**
 * GPT-2's byte alphabet: each of the 256 bytes is written as one printable character, so that a vocabulary of byte
 * strings can be kept as JSON text. Printable Latin-1 bytes stand for themselves; the other 68, in order, are
 * U+0100, U+0101, ... (a space is "Ġ", a newline "Ċ"). Source: bytes_to_unicode in GPT-2's encoder.py.
 */
const isPrintable = (byte: number): boolean =>
  (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff);

const bytes = Array.from({ length: 256 }, (_, byte) => byte);
const unprintable = bytes.filter((byte) => !isPrintable(byte));

/** The symbol of each byte. */
export const BYTE_SYMBOLS: readonly string[] = bytes.map((byte) =>
  String.fromCharCode(isPrintable(byte) ? byte : 0x100 + unprintable.indexOf(byte)),
);

/** The 256 bytes in the order of their symbols: the order of GPT-2's first 256 ids. */
export const BYTES_BY_SYMBOL: readonly number[] = [...bytes.filter(isPrintable), ...unprintable];

const byteOfSymbol = new Map(BYTE_SYMBOLS.map((symbol, byte) => [symbol, byte]));

/** The bytes that a vocabulary entry spells; an entry with other characters stands for its own UTF-8. */
export function bytesOfToken(token: string): Uint8Array {
  const spelled = new Uint8Array(token.length);
  for (let i = 0; i < token.length; i++) {
    const byte = byteOfSymbol.get(token[i]!);
    if (byte === undefined) return new TextEncoder().encode(token);
    spelled[i] = byte;
  }
  return spelled;
}
