/** A part of a text, in UTF-16 units. */
export interface Part {
  readonly from: number;
  readonly to: number;
}

/** An edit in the text as it was before. */
export interface Change {
  readonly rangeOffset: number;
  readonly rangeLength: number;
  readonly text: string;
}

/** Where a part is after an edit: what is written at its ends belongs to it. */
export function shifted({ from, to }: Part, { rangeOffset: at, rangeLength, text }: Change): Part {
  const end = at + rangeLength;
  const grown = text.length - rangeLength;
  if (end < from) return { from: from + grown, to: to + grown };
  if (at > to) return { from, to };
  return { from: Math.min(from, at), to: Math.max(to, end) + grown };
}
