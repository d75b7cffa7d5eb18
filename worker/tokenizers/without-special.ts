import * as z from 'zod';
import { type TokenizerJson, VocabSchema } from './tokenizer-json-schema.ts';

const UnigramSchema = z.object({ vocab: z.array(z.tuple([z.string(), z.number()])) });
const VocabularySchema = z.object({ vocab: VocabSchema });

/** Half of a character: no text that is normalized holds it before such a name. */
const HIDDEN = '\ud800';

/**
 * A tokenizer.json with the same ids that knows its special tokens neither as added ones nor as pieces of a text; all but the
 * unknown token, which a text may come to.
 */
export function withoutSpecial(json: TokenizerJson): TokenizerJson {
  const isHidden = ({ special, content }: TokenizerJson['added_tokens'][number]): boolean =>
    special && content !== unknownOf(json);
  const hidden = new Set(json.added_tokens.filter(isHidden).map(({ content }) => content));
  const named = <T>([token, value]: readonly [string, T]): [string, T] => [
    hidden.has(token) ? HIDDEN + token : token,
    value,
  ];
  const unigram = UnigramSchema.safeParse(json.model).data;
  const vocabulary = VocabularySchema.safeParse(json.model).data;
  const vocab =
    unigram?.vocab.map(named) ??
    (vocabulary === undefined ? json.model.vocab : Object.fromEntries([...vocabulary.vocab].map(named)));
  return {
    ...json,
    added_tokens: json.added_tokens.filter(({ content }) => !hidden.has(content)),
    model: { ...json.model, vocab },
  };
}

function unknownOf({ model }: TokenizerJson): unknown {
  const { vocab } = UnigramSchema.safeParse(model).data ?? { vocab: [] };
  return model.unk_token ?? (typeof model.unk_id === 'number' ? vocab[model.unk_id]?.[0] : undefined);
}
