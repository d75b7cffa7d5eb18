/** Exported GGUF files: llama.cpp (through node-llama-cpp) reads the same tokens and goes on as Hugging Face and Cloze do. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { readJson } from '../../worker/base/files.ts';
import { readModelFolder } from '../../worker/checkpoints/folder.ts';
import { writeGguf } from '../../worker/export/gguf/file.ts';
import type { GgufType } from '../../worker/export/formats.ts';
import { Decoder } from '../../worker/generation/decoder.ts';
import { testTokenizer } from '../../worker/generation/test-support.ts';
import { type GptConfig, GptConfigSchema } from '../../worker/models/config.ts';
import { fromHuggingFace, type SpecialIds } from '../../worker/models/huggingface.ts';
import { openParameters, type StoredParameters } from '../../worker/models/weights.ts';
import type { Device } from '../../worker/runtime/device.ts';
import { openDevice } from '../../worker/runtime/open-device.ts';
import { BpeTokenizer } from '../../worker/tokenizers/bpe.ts';
import { BYTE_SYMBOLS } from '../../worker/tokenizers/byte-symbols.ts';
import { trainChar } from '../../worker/tokenizers/char.ts';
import { loadTokenizer } from '../../worker/tokenizers/tokenizer-files.ts';
import type { AnyTokenizer } from '../../worker/tokenizers/tokenizer-json.ts';
import { SPECIAL } from '../../worker/tokenizers/tokenizer.ts';
import { gpt2Tokenizer } from '../support/gpt2.ts';
import { askLlamaCpp, type GgufAnswer, type GgufQuestion } from '../support/node-llama-cpp.ts';
import { randomWeights } from '../support/random-weights.ts';
import { difference } from './golden.ts';

const FIXTURES = fileURLToPath(new URL('../fixtures/', import.meta.url));
const GenerationJson = z.object({ prompt_ids: z.array(z.int()), new_ids: z.array(z.int()) });
const PROMPT = [104, 101, 10, 32, 110, 97, 200];

const FAMILIES = ['gpt2', 'gpt_bigcode', 'llama', 'mistral', 'mixtral', 'qwen2', 'starcoder2'];

/** Those that are written in each type. */
const TYPED = ['gpt2', 'llama', 'mixtral'] as const;

type Weights = Pick<StoredParameters, 'shapes' | 'read' | 'chunks'>;

const SHAPE = { context: 64, layers: 2, width: 64, heads: 2, kvHeads: 2, headWidth: 32, feedForward: 96 };
const SPLIT = {
  kvHeads: 1,
  norm: 'rmsnorm',
  positions: 'rotary',
  activation: 'swiglu',
  tiedHead: false,
} as const;

/** What the fixtures leave out. */
const VARIANTS: Readonly<Record<string, Partial<GptConfig>>> = {
  'gpt2 without biases, its head apart': { bias: 'none', tiedHead: false },
  'llama with biases and wider heads': { ...SPLIT, layout: 'llama', bias: 'all', headWidth: 64 },
  'qwen2 without biases, its head tied': { ...SPLIT, layout: 'qwen2', bias: 'none', tiedHead: true },
  'mixtral of three experts, of which all see a token': {
    ...SPLIT,
    layout: 'mixtral',
    bias: 'none',
    experts: 3,
    expertsPerToken: 3,
  },
  'starcoder2 of one key/value head': {
    layout: 'starcoder2',
    kvHeads: 1,
    positions: 'rotary',
    ropeTheta: 500,
  },
};

/** Probabilities may differ by this: llama.cpp looks GELU up in a table of halves, and rounds inputs of block types. */
const TOLERANCE: Readonly<Record<GgufType, number>> = { f32: 5e-4, f16: 5e-4, q8_0: 1e-2, q4_0: 0.1 };

describe('a GGUF file in llama.cpp', () => {
  let device: Device;
  let folder: string;
  const questions = new Map<string, GgufQuestion>();
  const answers = new Map<string, GgufAnswer>();
  const answerTo = (name: string): GgufAnswer => answers.get(name)!;

  async function write(
    name: string,
    config: GptConfig,
    weights: Weights,
    tokenizer: AnyTokenizer,
    type: GgufType,
    specialIds: SpecialIds = {},
  ) {
    const model = join(folder, `${questions.size}.gguf`);
    await writeGguf(model, { config, parameters: weights, name, tokenizer, specialIds, fillsIn: true }, type);
    return model;
  }

  /** What Cloze says is likely before each of the tokens, [V] each. */
  async function own(config: GptConfig, weights: Weights, prompt: readonly number[], ids: readonly number[]) {
    const state = device.createState();
    for (const [name, shape] of weights.shapes) {
      state.share(name, { dtype: 'float32', shape, data: weights.read(name) });
    }
    const decoder = await Decoder.create(device, config, state);
    const rows = [softmax((await decoder.prefill(prompt)).logits)];
    for (const id of ids.slice(0, -1)) rows.push(softmax(await decoder.append([id])));
    return rows;
  }

  before(async () => {
    ({ device } = await openDevice('cpu', { threads: 1 }));
    folder = mkdtempSync(join(tmpdir(), 'cloze-gguf-'));
    for (const name of FAMILIES) {
      const { config, weights, prompt, continuation } = await fixture(name);
      const model = await write(name, config, weights, smallTokenizer(config.vocab), 'f32');
      questions.set(name, { model, prompts: [prompt], newTokens: continuation.length });
    }
    const tokenizer = testTokenizer();
    for (const [name, fields] of Object.entries(VARIANTS)) {
      const { config, weights } = random(fields);
      const model = await write(name, config, weights, tokenizer, 'f32');
      questions.set(name, { model, prompts: [PROMPT], newTokens: 8 });
    }
    for (const type of ['f16', 'q8_0', 'q4_0'] as const) {
      for (const layout of TYPED) {
        const { config, weights } = random(stored(layout));
        const model = await write(type, config, weights, tokenizer, type);
        questions.set(`${layout} ${type}`, { model, prompts: [PROMPT], newTokens: 4 });
      }
    }
    const words = random({ layers: 1, vocab: 50257, width: 32, heads: 1, kvHeads: 1 });
    const gpt2 = await write('words', words.config, words.weights, await gpt2Tokenizer(), 'f16');
    questions.set('words', { model: gpt2, texts: texts() });
    const begun = random({ vocab: (await llama3()).vocabSize });
    const first = await write('first', begun.config, begun.weights, await llama3(), 'f16', {
      eos_token_id: 271,
    });
    questions.set('with a first token', { model: first });
    const char = await trainChar({ texts: [CHARACTERS], specialTokens: [SPECIAL.endOfText] });
    const letters = random({ vocab: char.vocabSize });
    const model = await write('characters', letters.config, letters.weights, char, 'f16');
    questions.set('characters', { model, texts: [CHARACTERS, 'né à 日本'] });
    const got = await askLlamaCpp([...questions.values()]);
    for (const [i, name] of [...questions.keys()].entries()) answers.set(name, got[i]!);
  });
  after(async () => {
    await device.close();
    rmSync(folder, { recursive: true });
  });

  for (const name of FAMILIES) {
    it(`goes on as Hugging Face does, as likely as Cloze says: ${name}`, async () => {
      const { config, weights, prompt, continuation } = await fixture(name);
      const { ids, probabilities } = answerTo(name).continuations[0]!;
      assert.deepEqual(ids, continuation);
      requireClose(await own(config, weights, prompt, ids), probabilities, TOLERANCE.f32);
    });
  }

  for (const [name, fields] of Object.entries(VARIANTS)) {
    it(`goes on as Cloze does: ${name}`, async () => {
      const { config, weights } = random(fields);
      const { ids, probabilities } = answerTo(name).continuations[0]!;
      const rows = await own(config, weights, PROMPT, ids);
      requireClose(rows, probabilities, TOLERANCE.f32);
      assert.deepEqual(ids, rows.map(best));
    });
  }

  for (const type of ['f16', 'q8_0', 'q4_0'] as const) {
    for (const layout of TYPED) {
      it(`finds tokens as likely as Cloze does, within what ${type} rounds: ${layout}`, async () => {
        const { config, weights } = random(stored(layout));
        const { ids, probabilities } = answerTo(`${layout} ${type}`).continuations[0]!;
        requireClose(await own(config, weights, PROMPT, ids), probabilities, TOLERANCE[type]);
      });
    }
  }

  it("reads GPT-2's tokens of code in many languages, and gives the texts back", async () => {
    const tokenizer = await gpt2Tokenizer();
    const { tokens, texts: back } = answerTo('words');
    for (const [i, text] of texts().entries()) {
      assert.deepEqual(tokens[i], Array.from(tokenizer.encode(text)));
      assert.equal(back[i], text);
    }
  });

  it('reads the tokens of a character tokenizer', async () => {
    const char = await trainChar({ texts: [CHARACTERS], specialTokens: [SPECIAL.endOfText] });
    const { tokens, texts: back } = answerTo('characters');
    assert.deepEqual(
      tokens,
      [CHARACTERS, 'né à 日本'].map((text) => Array.from(char.encode(text))),
    );
    assert.deepEqual(back, [CHARACTERS, 'né à 日本']);
  });

  it('puts the token before texts that the tokenizer puts there', async () => {
    const { special } = answerTo('with a first token');
    assert.deepEqual([special.bos, special.prependsBos], [(await llama3()).bosId, true]);
  });

  it('knows the special tokens', () => {
    const { special } = answerTo('llama f16');
    const id = (token: string): number => testTokenizer().specialTokens.get(token)!;
    assert.deepEqual(special, {
      bos: id(SPECIAL.endOfText),
      eos: id(SPECIAL.endOfText),
      prefix: id(SPECIAL.fimPrefix),
      middle: id(SPECIAL.fimMiddle),
      suffix: id(SPECIAL.fimSuffix),
      prependsBos: false,
    });
  });
});

const CHARACTERS = "the naïve café à 日本 costs 5 €, don't  you think 🙂?\n\tfor (;;) { a . b }";

function llama3(): Promise<AnyTokenizer> {
  return loadTokenizer(join(FIXTURES, 'tokenizers', 'llama-3'));
}

function texts(): string[] {
  const code = join(FIXTURES, 'code');
  const files = readdirSync(code).map((name) => readFileSync(join(code, name), 'utf8'));
  return [
    ...files,
    CHARACTERS,
    "I'll we've they'd 12345 \u00a0\u3000x <|endoftext|> e\u0301 \u{1f469}\u200d\u{1f4bb}",
  ];
}

function stored(layout: (typeof TYPED)[number]): Partial<GptConfig> {
  if (layout === 'gpt2') return {};
  return { ...SPLIT, layout, bias: 'none', ...(layout === 'mixtral' && { experts: 4 }) };
}

function random(fields: Partial<GptConfig>): { config: GptConfig; weights: Weights } {
  const config = GptConfigSchema.parse({ ...SHAPE, vocab: testTokenizer().vocabSize + 3, ...fields });
  const values = randomWeights(config);
  const read = (name: string): Float32Array<ArrayBuffer> => Float32Array.from(values.get(name)!.data);
  const shapes = new Map([...values].map(([name, { shape }]) => [name, shape]));
  return { config, weights: { shapes, read, chunks: (name) => [read(name)] } };
}

async function fixture(name: string) {
  const path = join(FIXTURES, 'parity', name);
  const { config: json, tensors } = readModelFolder(path);
  const config = fromHuggingFace(json);
  const weights = openParameters(config, tensors);
  const { prompt_ids: prompt, new_ids: continuation } = await readJson(
    join(path, 'generation.json'),
    GenerationJson,
  );
  return { config, weights, prompt, continuation };
}

/** As many tokens as a fixture has, which stand for nothing; the last ends a text. */
function smallTokenizer(size: number): BpeTokenizer {
  const vocab = new Map(BYTE_SYMBOLS.slice(0, size - 1).map((symbol, id) => [symbol, id]));
  const addedTokens = [{ id: size - 1, content: SPECIAL.endOfText, special: true }];
  return new BpeTokenizer({ vocab, merges: [], addedTokens });
}

function softmax(logits: Float32Array): Float32Array {
  const top = Math.max(...logits);
  const powers = logits.map((value) => Math.exp(value - top));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((value) => value / sum);
}

function best(row: Float32Array): number {
  return row.indexOf(Math.max(...row));
}

function requireClose(expected: readonly Float32Array[], got: readonly number[][], tolerance: number): void {
  assert.equal(got.length, expected.length);
  for (const [step, row] of expected.entries()) {
    const worst = difference(got[step]!, row);
    assert.ok(worst < tolerance, `step ${step}: probabilities differ by ${worst}`);
  }
}
