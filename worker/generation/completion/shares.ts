/** Tokens of the parts of a prompt: the text before the cursor, after it, and other files. */
export interface Parts {
  readonly before: number;
  readonly after: number;
  readonly others: number;
}

/** Share of the file's tokens that come from before the cursor, where both sides have enough. */
const BEFORE_SHARE = 3 / 4;

/** Other files take this share of a prompt that has so much room, however long the file is. */
const OTHERS_SHARE = 1 / 4;
const ROOM_FOR_OTHERS = 384;

/** What one part leaves to another is handed out in steps of this share, so that it stays while one types. */
const STEP = 1 / 8;

/**
 * The most tokens of each part in a prompt of `room` tokens, where there are `has` of each. The sum is at most `room`.
 * What the text before the cursor does not need goes to the text after it, and then to other files.
 */
export function shares(room: number, has: Parts): Parts {
  const step = Math.max(1, Math.floor(room * STEP));
  const inSteps = (count: number): number => Math.floor(count / step) * step;
  const sure = room >= ROOM_FOR_OTHERS ? Math.min(has.others, Math.floor(room * OTHERS_SHARE)) : 0;
  const least = Math.min(has.after, Math.floor((room - sure) * (1 - BEFORE_SHARE)));
  const left = room - sure - least - Math.min(has.before, room - sure - least);
  const after = least + Math.min(has.after - least, inSteps(left));
  const others = sure + Math.min(has.others - sure, inSteps(left - (after - least)));
  return { before: room - after - others, after, others };
}
