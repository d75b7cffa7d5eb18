const isHigh = (unit: number): boolean => unit >= 0xd800 && unit < 0xdc00;
const isSurrogate = (unit: number): boolean => unit >= 0xd800 && unit < 0xe000;

/** The code point at `index`; a lone surrogate counts as U+FFFD, as in the WHATWG encoding standard. */
export function codePointAt(text: string, index: number): number {
  const unit = text.charCodeAt(index);
  if (!isSurrogate(unit)) return unit;
  const codePoint = text.codePointAt(index)!;
  return codePoint > 0xffff ? codePoint : 0xfffd;
}

/** UTF-16 units of the character at `index`: 1 or 2. */
export function unitLength(text: string, index: number): number {
  return isHigh(text.charCodeAt(index)) && text.codePointAt(index)! > 0xffff ? 2 : 1;
}

/** UTF-8 bytes of the character at `index`: 1 to 4. */
export function utf8Length(text: string, index: number): number {
  const codePoint = codePointAt(text, index);
  return codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
}

/** Writes the UTF-8 bytes of text[start..end), one an element, and returns how many they are. */
export function encodeUtf8(text: string, start: number, end: number, out: Int32Array): number {
  let n = 0;
  for (let i = start; i < end; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) {
      out[n++] = unit;
      continue;
    }
    const codePoint = codePointAt(text, i);
    if (codePoint < 0x800) {
      out[n++] = 0xc0 | (codePoint >> 6);
    } else if (codePoint < 0x10000) {
      out[n++] = 0xe0 | (codePoint >> 12);
      out[n++] = 0x80 | ((codePoint >> 6) & 0x3f);
    } else {
      out[n++] = 0xf0 | (codePoint >> 18);
      out[n++] = 0x80 | ((codePoint >> 12) & 0x3f);
      out[n++] = 0x80 | ((codePoint >> 6) & 0x3f);
      i++; // a surrogate pair
    }
    out[n++] = 0x80 | (codePoint & 0x3f);
  }
  return n;
}
