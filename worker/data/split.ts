import { ClozeError } from '../base/errors.ts';
import { Random } from '../base/random.ts';
import type { Document } from './inspect.ts';

/** A document, or the range of it from character `start` to `end` (UTF-16 units). */
export interface Part {
  readonly document: Document;
  readonly start: number;
  readonly end: number;
}

export interface Split {
  readonly train: readonly Part[];
  readonly validation: readonly Part[];
}

/**
 * Train and validation documents. By file: each file's place in the draw is a pure function of the seed and its
 * content, so that another file does not reshuffle the rest; validation gets about `validationFraction` of the
 * bytes, and each side at least one file. A corpus of one file is split by position: the first part trains
 * (`text.slice(0, floor(n * (1 - fraction)))`, as nanoGPT does). Throws `data`.
 */
export function splitDocuments(
  documents: readonly Document[],
  options: { seed: number; validationFraction: number },
): Split {
  const { seed, validationFraction } = options;
  if (!(validationFraction > 0 && validationFraction < 1)) {
    throw new ClozeError('data', `expected a validation fraction between 0 and 1, got ${validationFraction}`);
  }
  const [only, second] = documents;
  if (only !== undefined && second === undefined) return splitByPosition(only, validationFraction);
  const chosen = chooseValidation(documents, seed, validationFraction);
  return {
    train: documents.filter((document) => !chosen.has(document)).map(wholePart),
    validation: documents.filter((document) => chosen.has(document)).map(wholePart),
  };
}

/** All of a document. */
export function wholePart(document: Document): Part {
  return { document, start: 0, end: document.characters };
}

function splitByPosition(document: Document, validationFraction: number): Split {
  const cut = Math.floor(document.characters * (1 - validationFraction));
  return {
    train: [{ document, start: 0, end: cut }],
    validation: [{ document, start: cut, end: document.characters }],
  };
}

/** Files in the order of the draw, each taken if it brings validation nearer to its share of the bytes. */
function chooseValidation(
  documents: readonly Document[],
  seed: number,
  fraction: number,
): ReadonlySet<Document> {
  const drawn = documents
    .map((document) => ({ document, place: new Random(seed, `split/${document.hash}`).uniform() }))
    .sort((a, b) => a.place - b.place || (a.document.hash < b.document.hash ? -1 : 1))
    .map(({ document }) => document);
  let missing = fraction * drawn.reduce((sum, { bytes }) => sum + bytes, 0);
  const chosen = new Set<Document>();
  for (const document of drawn) {
    if (missing <= document.bytes / 2 || chosen.size === drawn.length - 1) continue;
    chosen.add(document);
    missing -= document.bytes;
  }
  if (chosen.size === 0) chosen.add(drawn.reduce((least, next) => (next.bytes < least.bytes ? next : least)));
  return chosen;
}
