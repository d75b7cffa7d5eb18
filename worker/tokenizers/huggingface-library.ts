/** Hugging Face's own tokenizers in JavaScript (@huggingface/tokenizers), which know kinds that Cloze's readers do not. */
import * as z from 'zod';

export interface LibraryTokenizer {
  /** An id is undefined where the vocabulary has no token for a part of the text, and no unknown token. */
  encode(
    text: string,
    options?: { text_pair?: string; add_special_tokens?: boolean; return_token_type_ids?: boolean },
  ): { ids: number[]; token_type_ids?: number[] };
  decode(
    ids: number[],
    options?: { skip_special_tokens?: boolean; clean_up_tokenization_spaces?: boolean },
  ): string;
  /** Ids by token; undefined where there is none of an id. */
  get_vocab(withAddedTokens?: boolean): Map<string | undefined, number>;
}

// The package's own types do not resolve under Node's module resolution.
const LibrarySchema = z.object({
  Tokenizer: z.custom<new (json: object, config: object) => LibraryTokenizer>(
    (value) => typeof value === 'function',
  ),
});

/** Makes tokenizers of the library, each from a tokenizer.json; it throws where it does not know a part of one. */
export async function openLibrary(): Promise<(json: object) => LibraryTokenizer> {
  const { Tokenizer } = LibrarySchema.parse(await import('@huggingface/tokenizers'));
  return (json) => new Tokenizer(json, { clean_up_tokenization_spaces: false });
}
