/** A stretch of a text in Unicode's composed form (NFC, https://unicode.org/reports/tr15/), with a way back. */
export interface ComposedText {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** The UTF-16 offset in the original after what ends at this one: after all characters that were composed into one. */
  readonly original: (offset: number) => number;
}

/** text[start..end) composed. Of one that is composed already, as nearly all are, it is the text itself. */
export function composed(text: string, start: number, end: number): ComposedText {
  const stretch = start === 0 && end === text.length ? text : text.slice(start, end);
  const nfc = stretch.normalize('NFC');
  if (nfc === stretch) return { text, start, end, original: (offset) => offset };
  const ends = endsOf(stretch, nfc);
  return { text: nfc, start: 0, end: nfc.length, original: (offset) => start + (ends[offset - 1] ?? 0) };
}

/** What may be composed with what stands before it: marks, and the letters of Hangul. */
const CLUSTER = /[\u1100-\u11ff\ua960-\ua97f\uac00-\ud7ff]+|.\p{M}*/gsu;

/** For each UTF-16 unit of the composed text: where that which it comes from ends. */
function endsOf(text: string, nfc: string): number[] {
  const ends: number[] = [];
  let spelled = '';
  for (const { 0: cluster, index } of text.matchAll(CLUSTER)) {
    const made = cluster.normalize('NFC');
    spelled += made;
    for (let i = 0; i < made.length; i++) ends.push(index + (made === cluster ? i + 1 : cluster.length));
  }
  return spelled === nfc ? ends : Array.from(nfc, () => text.length);
}
