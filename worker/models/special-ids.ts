import { SPECIAL, type Tokenizer } from '../tokenizers/tokenizer.ts';
import type { SpecialIds } from './huggingface.ts';

/**
 * A model's own special ids, and its tokenizer's where it names none. A text begins with the token that the tokenizer puts before
 * texts, or else after the end of another. null where there is none: transformers has defaults for what is missing.
 */
export function completeSpecialIds(
  { bos_token_id, eos_token_id, pad_token_id }: SpecialIds,
  { bosId, eosId, specialTokens }: Tokenizer,
): SpecialIds {
  return {
    bos_token_id: bos_token_id ?? bosId ?? eosId ?? null,
    eos_token_id: eos_token_id ?? eosId ?? null,
    pad_token_id: pad_token_id ?? specialTokens.get(SPECIAL.fimPad) ?? null,
  };
}
