import * as z from 'zod';
import { ClozeError } from '../base/errors.ts';
import { type BertConfig, BertConfigSchema, checkBertConfig, isEncoderLayout } from './bert-config.ts';
import { divisorsNear } from './divisors.ts';

export { type BertConfig, BertConfigSchema, checkBertConfig };

const count = z.int().positive();
const rate = z.number().min(0).lt(1);

/**
 * A decoder (GPT) architecture. Letters: L layers, C width, H heads, K kvHeads, D headWidth, F feedForward,
 * T context, V vocab. `layout` names the Hugging Face family whose tensor names and storage the model uses.
 */
export const GptConfigSchema = z.strictObject({
  layout: z
    .enum(['gpt2', 'openai-gpt', 'gpt_bigcode', 'llama', 'qwen2', 'starcoder2', 'mixtral'])
    .default('gpt2')
    .describe('the Hugging Face family whose tensor names and storage the model uses'),
  vocab: count.describe("V, entries of the vocabulary; a new model takes its tokenizer's"),
  context: count.describe('T, the most tokens that the model sees at once'),
  layers: count.describe('L, transformer blocks'),
  width: count.describe('C, width of the hidden states'),
  heads: count.describe('H, attention heads'),
  kvHeads: count.describe('K, key/value heads: as many as heads is MHA, 1 is MQA, between is GQA'),
  headWidth: count.describe('D, width of one head; default: width / heads'),
  feedForward: count.describe('F, width inside the feed-forward layer; default: four times the width'),
  norm: z.enum(['layernorm', 'rmsnorm']).default('layernorm').describe('normalisation'),
  normPlacement: z
    .enum(['pre', 'post'])
    .default('pre')
    .describe('normalisation before each sublayer, or after its residual sum'),
  normEpsilon: z.number().positive().default(1e-5).describe('added to the variance before its root'),
  positions: z.enum(['learned', 'rotary']).default('learned').describe('position embeddings'),
  ropeTheta: z.number().positive().default(10000).describe('base of the rotary frequencies'),
  activation: z
    .enum(['gelu', 'gelu_tanh', 'swiglu'])
    .default('gelu_tanh')
    .describe('inside the feed-forward layer; swiglu has a gate'),
  experts: count
    .default(1)
    .describe('E, experts of a feed-forward layer, where the layout has such (mixtral)'),
  expertsPerToken: count.default(2).describe('experts that see a token, where there are several'),
  balance: z
    .number()
    .min(0)
    .default(0.02)
    .describe('how much the loss counts that spreads tokens evenly over experts'),
  bias: z
    .enum(['all', 'qkv', 'none'])
    .default('all')
    .describe('of linear and norm layers: all, only query, key and value (as Qwen2), or none'),
  tiedHead: z.boolean().default(true).describe('whether the head is the token embedding'),
  embeddingDropout: rate.default(0).describe('dropout after the embeddings'),
  attentionDropout: rate.default(0).describe('dropout of the attention weights'),
  residualDropout: rate.default(0).describe('dropout of what each sublayer adds to the residual stream'),
  initRange: z
    .number()
    .positive()
    .default(0.02)
    .describe(
      'standard deviation of the initial weights; default: as GPT-2 at its width, more for a narrower model',
    ),
});

export type GptConfig = z.infer<typeof GptConfigSchema>;

/** Checks the relations between fields that a schema alone does not hold. Throws `model`. */
export function checkGptConfig(config: GptConfig): GptConfig {
  const { width, heads, kvHeads, headWidth, positions, layout, activation } = config;
  const fail = (message: string, hint: string): never => {
    throw new ClozeError('model', message, { hint, details: { width, heads, kvHeads, headWidth } });
  };
  if (!isLlamaShaped(layout) && heads * headWidth !== width) {
    fail(
      `model.width ${width} is not model.heads ${heads} x model.headWidth ${headWidth}`,
      `choose heads that divide the width, for example ${divisorsNear(width, heads).join(' or ')}`,
    );
  }
  if (heads % kvHeads !== 0) {
    fail(
      `model.heads ${heads} is not a multiple of model.kvHeads ${kvHeads}`,
      'each key/value head serves the same number of query heads',
    );
  }
  if (positions === 'rotary' && headWidth % 2 !== 0) {
    fail(`rotary positions need an even model.headWidth, got ${headWidth}`, 'choose fewer or more heads');
  }
  if (activation === 'swiglu' && !isLlamaShaped(layout)) {
    fail(`layout ${layout} has no tensor for a gate, which swiglu needs`, 'set model.layout=llama');
  }
  checkExperts(config, fail);
  return config;
}

/** Families whose heads may have any width, and whose feed-forward layers have a gate. */
function isLlamaShaped(layout: GptConfig['layout']): boolean {
  return layout === 'llama' || layout === 'qwen2' || layout === 'mixtral';
}

function checkExperts(
  { layout, experts, expertsPerToken, activation, bias }: GptConfig,
  fail: (message: string, hint: string) => never,
): void {
  if (layout !== 'mixtral') {
    if (experts > 1) fail(`layout ${layout} has no tensors for experts`, 'set model.layout=mixtral');
    return;
  }
  if (expertsPerToken > experts) {
    fail(
      `model.expertsPerToken ${expertsPerToken} is more than model.experts ${experts}`,
      'a token can go to no more experts than there are',
    );
  }
  if (activation !== 'swiglu' || bias !== 'none') {
    fail(
      `layout mixtral has experts with a gate and no biases, got activation ${activation} and bias ${bias}`,
      'set model.activation=swiglu and model.bias=none',
    );
  }
}

/** Any architecture; `layout` tells decoders and encoders apart. */
export const ModelConfigSchema = z.discriminatedUnion('layout', [GptConfigSchema, BertConfigSchema]);

export type ModelConfig = GptConfig | BertConfig;

/** Whether a model reads both ways (BERT, RoBERTa, DistilBERT) and does not write. */
export function isEncoder(config: ModelConfig): config is BertConfig {
  return isEncoderLayout(config.layout);
}

/** Checks the relations between the fields. Throws `model`. */
export function checkModelConfig(config: ModelConfig): ModelConfig {
  return isEncoder(config) ? checkBertConfig(config) : checkGptConfig(config);
}

/** The configuration of a model that writes; `where` names it in the error. Throws `model` for an encoder. */
export function requireDecoder(config: ModelConfig, where: string): GptConfig {
  if (!isEncoder(config)) return config;
  throw new ClozeError('model', `${where}: expected a decoder, got an encoder of layout ${config.layout}`, {
    hint: 'this needs a GPT; a BERT fills masks, classifies, tags, answers and embeds, and its run tells the scores of its test',
    details: { where, layout: config.layout },
  });
}

/** The configuration of a model that reads both ways; `where` names it in the error. Throws `model` for a decoder. */
export function requireEncoder(config: ModelConfig, where: string): BertConfig {
  if (isEncoder(config)) return config;
  throw new ClozeError('model', `${where}: expected an encoder, got a decoder of layout ${config.layout}`, {
    hint: 'this needs a BERT, a RoBERTa or a DistilBERT',
    details: { where, layout: config.layout },
  });
}
