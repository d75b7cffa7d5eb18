import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sequenceOf } from '../data/test-support.ts';
import { scriptedParameters, tokenizerWithBos } from '../generation/test-support.ts';
import type { Device } from '../runtime/device.ts';
import { openDevice } from '../runtime/open-device.ts';
import { BpeTokenizer } from '../tokenizers/bpe.ts';
import { SPECIAL } from '../tokenizers/tokenizer.ts';
import { makeSampler } from './samples.ts';

describe('makeSampler', () => {
  let device: Device;
  before(async () => {
    ({ device } = await openDevice('cpu', { threads: 1 }));
  });
  after(() => device.close());

  /** As Llama's: a token before texts, perhaps one after them, and no <|endoftext|>. */
  function llamaLike(eosToken: string | undefined): BpeTokenizer {
    const { model } = tokenizerWithBos();
    const addedTokens = model.addedTokens.map((token) =>
      token.content === SPECIAL.endOfText ? { ...token, content: '</s>' } : token,
    );
    return new BpeTokenizer({ ...model, addedTokens, eosToken });
  }

  for (const [what, eosToken] of [
    ['the token that ends documents in the data', '</s>'],
    ['the one that begins the next, where the data has no other', undefined],
  ] as const) {
    it(`ends a text at ${what}`, async () => {
      const tokenizer = llamaLike(eosToken);
      const end = tokenizer.eosId ?? tokenizer.bosId!;
      const letter = (text: string): number => tokenizer.encode(text)[0]!;
      const script = [letter('a'), letter('b'), end, ...Array.from({ length: 29 }, () => letter('c'))];
      const { config, state } = await scriptedParameters(device, tokenizer, script);
      const settings = { seed: 1, sampleTokens: 8, samplePrompts: [''] };
      const trainer = { state, inputs: { device, objective: { adapter: undefined }, settings } };
      const sample = makeSampler(trainer, { config, tokenizer, validation: sequenceOf([[0, 1]]) });
      for await (const { text } of sample(() => false)) assert.equal(text, 'ab');
      state.dispose();
    });
  }
});
