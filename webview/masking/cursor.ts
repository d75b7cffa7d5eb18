/** Where keys move the cursor among the tokens. */
import type { MaskedToken } from '../../worker/protocol/masking.ts';
import { isChosen } from './token-facts.ts';

/** The token that a key moves to, or undefined for a key that moves nowhere. Up and Down go to the chosen ones. */
export function moved(key: string, at: number, tokens: readonly MaskedToken[]): number | undefined {
  const last = tokens.length - 1;
  switch (key) {
    case 'ArrowLeft':
      return Math.max(0, at - 1);
    case 'ArrowRight':
      return Math.min(last, at + 1);
    case 'ArrowUp': {
      const before = tokens.slice(0, at).findLastIndex(isChosen);
      return before < 0 ? at : before;
    }
    case 'ArrowDown': {
      const after = tokens.findIndex((token, i) => i > at && isChosen(token));
      return after < 0 ? at : after;
    }
    case 'Home':
      return 0;
    case 'End':
      return last;
    default:
      return undefined;
  }
}
