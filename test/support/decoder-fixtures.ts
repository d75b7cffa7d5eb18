/** Folders of test/fixtures/parity with a decoder each, one of every layout that Hugging Face has. */
export const DECODER_FIXTURES = [
  'gpt2',
  'openai-gpt',
  'gpt_bigcode',
  'llama',
  'mistral',
  'mixtral',
  'qwen2',
  'starcoder2',
] as const;
