import type { TokenSequence } from '../../worker/data/token-file.ts';
import { trainWordPiece } from '../../worker/tokenizers/wordpiece-trainer.ts';
import type { Tokenizer } from '../../worker/tokenizers/tokenizer.ts';

/** T that any of the pairs fits into. */
export const CONTEXT = 32;

const ANIMALS =
  'badger crane dormouse eagle ferret goat heron ibis jackal kestrel lynx marten newt otter puffin'.split(
    ' ',
  );
const PLACES =
  'barn canyon desert estuary forest garden harbour island jungle kennel lake meadow nest orchard park'.split(
    ' ',
  );
const FOODS =
  'apples bread cherries dates eggs figs grapes honey insects jam kale lentils moss nuts oats'.split(' ');

/** Thirty documents of two sentences each, of which the second belongs to the first alone. */
export async function pairsOfSentences(): Promise<{ tokens: TokenSequence; tokenizer: Tokenizer }> {
  const texts = ANIMALS.flatMap((animal, i) => [
    `the ${animal} sleeps in the ${PLACES[i]} . there the ${animal} finds ${FOODS[i]} .`,
    `a hungry ${animal} left the ${PLACES[14 - i]} . nobody gave the ${animal} any ${FOODS[14 - i]} .`,
  ]);
  const { tokenizer } = await trainWordPiece({ texts, vocabSize: 400 });
  return { tokens: sequenceOf(texts.map((text) => tokenizer.encode(text))), tokenizer };
}

function sequenceOf(documents: readonly Int32Array[]): TokenSequence {
  const starts = documents.reduce((all, ids) => [...all, all.at(-1)! + ids.length], [0]);
  const ids = Int32Array.from(documents.flatMap((each) => [...each]));
  return {
    length: ids.length,
    documentStarts: Float64Array.from(starts),
    separator: undefined,
    read: (start, count, target, at = 0) => target.set(ids.subarray(start, start + count), at),
  };
}
