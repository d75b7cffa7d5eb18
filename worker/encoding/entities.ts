/** Labels of words to entities. */
import type { Entity, Tagged } from './results.ts';

type TaggedWord = Tagged['words'][number];

/**
 * What the words' labels name together: B-X begins, I-X goes on; of BIOES also E-X ends and S-X stands alone. As in
 * seqeval's default, an I-X that goes on nothing begins. Labels without such a letter join with their like; O is none.
 */
export function entitiesOf(words: readonly TaggedWord[], text: string): Entity[] {
  const groups: { label: string; words: TaggedWord[] }[] = [];
  let open: string | undefined;
  for (const word of words) {
    const { letter, label } = partsOf(word.label);
    if (letter === 'O') {
      open = undefined;
      continue;
    }
    if (open === label && letter !== 'B' && letter !== 'S') groups.at(-1)!.words.push(word);
    else groups.push({ label, words: [word] });
    open = letter === 'E' || letter === 'S' ? undefined : label;
  }
  return groups.map(({ label, words: own }) => entityOf(label, own, text));
}

function entityOf(label: string, words: readonly TaggedWord[], text: string): Entity {
  const { start } = words[0]!;
  const { end } = words.at(-1)!;
  const probability = words.reduce((sum, word) => sum + word.probability, 0) / words.length;
  return { label, start, end, text: text.slice(start, end), probability };
}

/** BILOU's L and U are E and S. */
function partsOf(tag: string): { letter: string; label: string } {
  if (tag === 'O') return { letter: 'O', label: '' };
  const [, letter = 'I', label = tag] = /^([BIESLU])-(.+)$/s.exec(tag) ?? [];
  return { letter: letter === 'L' ? 'E' : letter === 'U' ? 'S' : letter, label };
}
