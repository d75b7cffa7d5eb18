import * as z from 'zod';

interface Library {
  encode(
    text: string,
    options?: { text_pair?: string; add_special_tokens?: boolean; return_token_type_ids?: boolean },
  ): { ids: number[]; token_type_ids?: number[] };
  decode(ids: number[], options?: { skip_special_tokens?: boolean }): string;
}

// The package's own types do not resolve under Node's module resolution.
const LibrarySchema = z.object({
  Tokenizer: z.custom<new (json: object, config: object) => Library>((value) => typeof value === 'function'),
});

/** A tokenizer of @huggingface/tokenizers, from a tokenizer.json. Special tokens in a text are always recognised. */
export async function huggingFaceTokenizer(json: object): Promise<Library> {
  const { Tokenizer } = LibrarySchema.parse(await import('@huggingface/tokenizers'));
  return new Tokenizer(json, { clean_up_tokenization_spaces: false });
}

export type HuggingFaceTokenizer = Library;
