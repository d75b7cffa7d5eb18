import * as z from 'zod';
import { ClozeError } from '../base/errors.ts';
import { divisorsNear } from './divisors.ts';

const count = z.int().positive();
const rate = z.number().min(0).lt(1);

/** The Hugging Face families that are encoders. */
export const ENCODER_LAYOUTS = ['bert', 'roberta', 'distilbert'] as const;

export function isEncoderLayout(layout: string): layout is (typeof ENCODER_LAYOUTS)[number] {
  return ENCODER_LAYOUTS.some((known) => known === layout);
}

/** What an encoder may have on top of its stack. */
export const ENCODER_HEADS = ['none', 'mlm', 'mlm+nsp', 'classify', 'tag', 'answer'] as const;

export type EncoderHead = (typeof ENCODER_HEADS)[number];

/**
 * An encoder (BERT, Devlin et al. 2018; RoBERTa, Liu et al. 2019; DistilBERT, Sanh et al. 2019). Letters: L layers, C width, H heads, F feedForward,
 * T context, V vocab. `layout` names the Hugging Face family whose tensor names and storage the model uses.
 */
export const BertConfigSchema = z.strictObject({
  layout: z
    .enum(ENCODER_LAYOUTS)
    .default('bert')
    .describe('the Hugging Face family whose tensor names and storage the model uses'),
  vocab: count.describe("V, entries of the vocabulary; a new model takes its tokenizer's"),
  context: count.describe('T, the most tokens that the model sees at once'),
  segments: count
    .default(2)
    .describe('kinds of segment: 2 for pairs of texts, 1 where they are not told apart'),
  layers: count.describe('L, transformer blocks'),
  width: count.describe('C, width of the hidden states'),
  heads: count.describe('H, attention heads'),
  feedForward: count.describe('F, width inside the feed-forward layer; default: four times the width'),
  normPlacement: z
    .enum(['post', 'pre'])
    .default('post')
    .describe(
      'normalisation after the residual sum of each sublayer, as published, or before the sublayer, which Hugging Face has no encoder for',
    ),
  normEpsilon: z.number().positive().default(1e-12).describe('added to the variance before its root'),
  activation: z.enum(['gelu', 'gelu_tanh']).default('gelu').describe('inside the feed-forward layer'),
  pooler: z.boolean().default(true).describe('whether there is a layer over the hidden state of [CLS]'),
  head: z
    .enum(ENCODER_HEADS)
    .default('none')
    .describe(
      'what the model predicts: masked tokens, next sentences, a label of a text, of each token, or a span',
    ),
  labels: z.array(z.string().min(1)).default([]).describe('names of the classes, where the head has classes'),
  embeddingDropout: rate.default(0).describe('dropout after the embeddings'),
  attentionDropout: rate.default(0).describe('dropout of the attention weights'),
  residualDropout: rate
    .default(0)
    .describe(
      'dropout of what each sublayer adds to the residual stream, and of what a head of classes reads',
    ),
  initRange: z.number().positive().default(0.02).describe('standard deviation of the initial weights'),
  padId: z.int().min(0).default(0).describe('id of the padding token'),
});

export type BertConfig = z.infer<typeof BertConfigSchema>;

/** Checks the relations between fields that a schema alone does not hold. Throws `model`. */
export function checkBertConfig(config: BertConfig): BertConfig {
  const { layout, vocab, segments, width, heads, head, pooler, labels, padId } = config;
  const fail = (message: string, hint: string): never => {
    throw new ClozeError('model', message, { hint, details: { layout, width, heads, head, labels } });
  };
  if (width % heads !== 0) {
    const near = divisorsNear(width, heads).join(' or ');
    fail(
      `model.width ${width} is not a multiple of model.heads ${heads}`,
      `choose ${near} heads, for example`,
    );
  }
  if (padId >= vocab) {
    fail(
      `model.padId ${padId} is outside the vocabulary of ${vocab}`,
      "take the id of the tokenizer's [PAD]",
    );
  }
  if (layout !== 'bert' && head === 'mlm+nsp') {
    fail(`layout ${layout} has no next sentence head`, 'set model.head=mlm or model.layout=bert');
  }
  if (layout === 'distilbert' && (pooler || segments > 1)) {
    fail(
      'layout distilbert has no pooler and tells no segments apart',
      'set model.pooler=false and model.segments=1',
    );
  }
  if (needsPooler(layout, head) && !pooler) {
    fail(`model.head ${head} reads the pooler, which the model has not`, 'set model.pooler=true');
  }
  checkLabels(config, fail);
  return config;
}

function checkLabels({ head, labels }: BertConfig, fail: (message: string, hint: string) => never): void {
  if (!hasLabels(head)) {
    if (labels.length > 0)
      fail(`model.head ${head} has no labels, got ${labels.length}`, 'leave model.labels out');
    return;
  }
  if (labels.length < 2) {
    fail(
      `model.head ${head} needs two labels or more, got ${labels.length}`,
      'name the labels in model.labels',
    );
  }
  const twice = labels.find((label, i) => labels.indexOf(label) !== i);
  if (twice !== undefined) fail(`label '${twice}' is there twice`, 'give each label a name of its own');
}

/** Whether a head tells classes apart. */
export function hasLabels(head: EncoderHead): boolean {
  return head === 'classify' || head === 'tag';
}

/** Whether a head reads the pooler: the heads of classes of RoBERTa and DistilBERT have a layer of their own instead. */
export function needsPooler(layout: BertConfig['layout'], head: EncoderHead): boolean {
  return head === 'mlm+nsp' || (head === 'classify' && layout === 'bert');
}

/** The same stack under another head, with a pooler just where that head reads one. Throws `model`. */
export function withHead(config: BertConfig, head: EncoderHead, labels: readonly string[] = []): BertConfig {
  const pooler = head === 'none' ? config.pooler : needsPooler(config.layout, head);
  return checkBertConfig({ ...config, head, pooler, labels: [...labels] });
}
