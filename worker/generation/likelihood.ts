/** How well a model foretells a text. */
import { ClozeError, throwIfCancelled } from '../base/errors.ts';
import type { TextModel } from './generate.ts';
import { documentStart, lastIds } from './document.ts';

export interface TokenLoss {
  readonly text: string;
  /** -ln of the probability that the model gave it after all before it. */
  readonly nats: number;
}

/**
 * The loss of each token of a text, which is read as a document: after the token that it begins after, where the tokenizer
 * has one, or else from its second token on. A text that is longer than the context loses its beginning. Throws `usage` where there is
 * nothing to foretell, `cancelled`.
 */
export async function tokenLosses(
  { decoder, tokenizer }: TextModel,
  text: string,
  signal?: AbortSignal,
): Promise<TokenLoss[]> {
  const start = documentStart(tokenizer);
  const all = [...(start === undefined ? [] : [start]), ...tokenizer.encode(text)];
  const ids = lastIds(all, decoder.capacity, tokenizer);
  if (ids.length < 2) {
    throw new ClozeError('usage', 'the text is too short: no token of it can be foretold', {
      hint: 'give a longer text',
    });
  }
  decoder.crop(0);
  const losses: TokenLoss[] = [];
  for (let at = 0; at < ids.length - 1;) {
    throwIfCancelled(signal);
    const part = ids.slice(at, Math.min(at + decoder.together, ids.length - 1));
    const rows = await decoder.score(part, signal);
    rows.forEach((logits, i) => {
      const id = ids[at + i + 1]!;
      losses.push({ text: tokenizer.decode([id]), nats: crossEntropy(logits, id) });
    });
    at += part.length;
  }
  return losses;
}

/** -ln softmax(logits)[id]. */
function crossEntropy(logits: Float32Array, id: number): number {
  let largest = -Infinity;
  for (const logit of logits) largest = Math.max(largest, logit);
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - largest);
  return Math.log(sum) + largest - logits[id]!;
}
