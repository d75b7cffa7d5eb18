import { type LibraryTokenizer, openLibrary } from '../../worker/tokenizers/huggingface-library.ts';

/** A tokenizer of @huggingface/tokenizers, from a tokenizer.json. Special tokens in a text are always recognised. */
export async function huggingFaceTokenizer(json: object): Promise<LibraryTokenizer> {
  return (await openLibrary())(json);
}

export type { LibraryTokenizer as HuggingFaceTokenizer } from '../../worker/tokenizers/huggingface-library.ts';
