import { ClozeError } from '../base/errors.ts';
import type { Scores } from './ratio.ts';
import { ratio, scoresOf } from './ratio.ts';

/** An entity of a sentence: its type, and its first and last word. */
export interface Entity {
  readonly type: string;
  readonly first: number;
  readonly last: number;
}

export interface TypeScores extends Scores {
  /** Entities that have the type. */
  readonly support: number;
}

export interface EntityReport extends Scores {
  /** By type, in code unit order. */
  readonly types: Readonly<Record<string, TypeScores>>;
  /** Mean F1 of the types. */
  readonly macroF1: number;
  /** Share of the words whose tag is right, those outside entities as well. */
  readonly tagAccuracy: number;
}

/** B, I, E, S or O, and the type. */
export interface Tag {
  readonly place: string;
  readonly type: string;
}

const OUTSIDE: Tag = { place: 'O', type: '' };

/**
 * The entities that tags mark, in IOB1, IOB2 (BIO), IOBES or BILOU, read as the CoNLL-2000 script and seqeval's default mode
 * do: leniently, so that an `I-` after `O` or after another type begins an entity. A tag without a type is of type `_`.
 */
export function entitiesOf(tags: readonly string[]): Entity[] {
  const entities: Entity[] = [];
  let first = 0;
  let before = OUTSIDE;
  for (const [word, text] of [...tags, 'O'].entries()) {
    const tag = parseTag(text);
    if (endsBetween(before, tag)) entities.push({ type: before.type, first, last: word - 1 });
    if (beginsBetween(before, tag)) first = word;
    before = tag;
  }
  return entities;
}

/**
 * Compares tags of sentences by their entities: one counts as found if its type and both ends are right (Tjong Kim
 * Sang and De Meulder 2003). Throws `data` if a sentence has another number of tags in the two.
 */
export function entityReport(
  actual: readonly (readonly string[])[],
  predicted: readonly (readonly string[])[],
): EntityReport {
  requireAligned(actual, predicted);
  const counts = new Map<string, { correct: number; found: number; actual: number }>();
  const of = (type: string) => {
    const known = counts.get(type) ?? { correct: 0, found: 0, actual: 0 };
    counts.set(type, known);
    return known;
  };
  let words = 0;
  let right = 0;
  for (const [i, tags] of actual.entries()) {
    const guesses = predicted[i]!;
    const wanted = entitiesOf(tags);
    const names = new Set(wanted.map(nameOf));
    for (const { type } of wanted) of(type).actual++;
    for (const entity of entitiesOf(guesses)) {
      of(entity.type).found++;
      if (names.has(nameOf(entity))) of(entity.type).correct++;
    }
    words += tags.length;
    right += tags.filter((tag, word) => tag === guesses[word]).length;
  }
  return reportOf(counts, ratio(right, words));
}

function reportOf(
  counts: ReadonlyMap<string, { correct: number; found: number; actual: number }>,
  tagAccuracy: number,
): EntityReport {
  const sorted = [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
  const types = sorted.map(([type, { correct, found, actual }]): [string, TypeScores] => [
    type,
    { ...scoresOf(correct, found, actual), support: actual },
  ]);
  const total = (of: 'correct' | 'found' | 'actual'): number =>
    sorted.reduce((sum, [, each]) => sum + each[of], 0);
  const f1 = types.reduce((sum, [, scores]) => sum + scores.f1, 0);
  return {
    ...scoresOf(total('correct'), total('found'), total('actual')),
    types: Object.fromEntries(types),
    macroF1: ratio(f1, types.length),
    tagAccuracy,
  };
}

/** BILOU's L and U are E and S. A tag without a letter and a dash names a type, and goes on what has it. */
export function parseTag(text: string): Tag {
  if (text === 'O') return OUTSIDE;
  const [, letter, type = ''] = /^([BIESLU])(?:-(.*))?$/s.exec(text) ?? [];
  if (letter === undefined) return { place: 'I', type: text };
  return { place: letter === 'L' ? 'E' : letter === 'U' ? 'S' : letter, type: type || '_' };
}

/** Whether an entity ends after the first of two neighbours. */
function endsBetween(before: Tag, tag: Tag): boolean {
  if (before.place === 'O') return false;
  return (
    before.type !== tag.type ||
    'ES'.includes(before.place) ||
    ('BI'.includes(before.place) && 'BSO'.includes(tag.place))
  );
}

/** Whether an entity begins with the second of two neighbours. */
function beginsBetween(before: Tag, tag: Tag): boolean {
  if (tag.place === 'O') return false;
  return (
    before.type !== tag.type ||
    'BS'.includes(tag.place) ||
    ('ESO'.includes(before.place) && 'EI'.includes(tag.place))
  );
}

const nameOf = ({ type, first, last }: Entity): string => `${first} ${last} ${type}`;

function requireAligned(
  actual: readonly (readonly string[])[],
  predicted: readonly (readonly string[])[],
): void {
  const wrong = actual.findIndex((tags, i) => tags.length !== predicted[i]?.length);
  if (actual.length === predicted.length && wrong < 0) return;
  throw new ClozeError(
    'data',
    wrong < 0
      ? `expected tags of ${actual.length} sentences, got ${predicted.length}`
      : `sentence ${wrong} has ${actual[wrong]!.length} tags, and ${predicted[wrong]?.length ?? 0} predicted ones`,
  );
}
