/** Labels of words to entities. */
import { parseTag } from '../metrics/entities.ts';
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
    const { place, type: label } = parseTag(word.label);
    if (place === 'O') {
      open = undefined;
      continue;
    }
    if (open === label && place !== 'B' && place !== 'S') groups.at(-1)!.words.push(word);
    else groups.push({ label, words: [word] });
    open = place === 'E' || place === 'S' ? undefined : label;
  }
  return groups.map(({ label, words: own }) => entityOf(label, own, text));
}

function entityOf(label: string, words: readonly TaggedWord[], text: string): Entity {
  const { start } = words[0]!;
  const { end } = words.at(-1)!;
  const probability = words.reduce((sum, word) => sum + word.probability, 0) / words.length;
  return { label, start, end, text: text.slice(start, end), probability };
}
