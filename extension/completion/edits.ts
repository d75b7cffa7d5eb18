/** Edits of a document, and what they do to a range of it. */

/** Some text took the place of `length` units from `offset` on. */
export interface Edit {
  readonly offset: number;
  readonly length: number;
  readonly text: string;
}

export interface Range {
  readonly from: number;
  readonly to: number;
}

/** Where a range is after an edit; what is put in at its ends stays outside. */
export function moved({ from, to }: Range, { offset, length, text }: Edit): Range {
  const end = offset + length;
  const shift = text.length - length;
  if (end <= from) return { from: from + shift, to: to + shift };
  if (offset >= to) return { from, to };
  return { from: Math.min(from, offset), to: Math.max(to, end) + shift };
}

/** Follows what lies in documents through their edits. */
export interface Follower {
  edit(uri: string, edit: Edit): void;
}

/**
 * Tells of an edit: first who follows accepted texts. Who follows the suggestion may find that the edit has put in a part of
 * it, which is followed where it then lies, and must not be moved by that edit too.
 */
export function tellEdit(uri: string, edit: Edit, accepted: Follower, suggestion: Follower): void {
  accepted.edit(uri, edit);
  suggestion.edit(uri, edit);
}
