import { ClozeError } from '../../base/errors.ts';

/** A label, and where it stands. */
export interface PlacedLabel {
  readonly label: string;
  readonly where: string;
}

/** The labels that there are, each once, in code unit order: the classes of a head. */
export function classesOf(labels: Iterable<string>): string[] {
  return [...new Set(labels)].sort();
}

/** The class number of each label. Throws `data` for a label that the head lacks. */
export function classIds(labels: readonly PlacedLabel[], classes: readonly string[]): Int32Array {
  const numbers = new Map(classes.map((name, number) => [name, number]));
  return Int32Array.from(labels, ({ label, where }) => {
    const number = numbers.get(label);
    if (number !== undefined) return number;
    throw new ClozeError(
      'data',
      `${where}: the head has no class ${JSON.stringify(label)}, only ${listed(classes)}`,
      {
        hint: 'correct the label, or train a head with this class',
        details: { label, where, classes },
      },
    );
  });
}

/** How many of the labels each class has. */
function classCounts(ids: Int32Array, classes: number): Int32Array {
  const counts = new Int32Array(classes);
  for (const id of ids) counts[id]!++;
  return counts;
}

/** Throws `data` if a class has no training example, or if there are not two classes. */
export function requireEachClass(trainIds: Int32Array, classes: readonly string[]): void {
  if (classes.length < 2) {
    throw new ClozeError('data', `expected at least 2 classes, got ${listed(classes)}`, {
      hint: 'a head learns to tell classes apart; check the labels',
      details: { classes },
    });
  }
  const counts = classCounts(trainIds, classes.length);
  const empty = classes.filter((_, id) => counts[id] === 0);
  if (empty.length > 0) {
    throw new ClozeError('data', `no training example has the class ${listed(empty)}`, {
      hint: 'add examples, or take the class out',
      details: { empty },
    });
  }
}

/**
 * [classes] weights in inverse proportion to how frequent each class is: n / (classes x n_c), scikit-learn's
 * 'balanced', which is 1 on the mean of the examples. Throws `data` as {@link requireEachClass}.
 */
export function balancedWeights(trainIds: Int32Array, classes: readonly string[]): Float32Array {
  requireEachClass(trainIds, classes);
  const counts = classCounts(trainIds, classes.length);
  return Float32Array.from(counts, (count) => trainIds.length / (classes.length * count));
}

const MOST_LISTED = 20;
function listed(names: readonly string[]): string {
  const shown = names.slice(0, MOST_LISTED).map((name) => JSON.stringify(name));
  return `${shown.join(', ')}${names.length > MOST_LISTED ? ` and ${names.length - MOST_LISTED} more` : ''}`;
}
