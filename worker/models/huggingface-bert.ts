/** config.json of BERT, RoBERTa and DistilBERT, both ways. */
import * as z from 'zod';
import { checked } from '../base/checked.ts';
import type { Json } from '../checkpoints/folder.ts';
import { type BertConfig, type EncoderHead, hasLabels, needsPooler } from './bert-config.ts';
import { firstPosition, MLM_NAMES, NSP_NAME, PRE_CLASSIFIER_NAME, SPAN_NAME } from './bert-layout.ts';
import { choice, GELU_NAMES, or, rate, refuse, size } from './huggingface-fields.ts';

/** The class of transformers for each head, without the family's name in front. */
const CLASSES: Readonly<Record<EncoderHead, string>> = {
  none: 'Model',
  mlm: 'ForMaskedLM',
  'mlm+nsp': 'ForPreTraining',
  classify: 'ForSequenceClassification',
  tag: 'ForTokenClassification',
  answer: 'ForQuestionAnswering',
};

const FAMILY = { bert: 'Bert', roberta: 'Roberta', distilbert: 'DistilBert' } as const;

const EncoderJson = z.looseObject({
  architectures: or(z.array(z.string()), []),
  vocab_size: or(size, 30522),
  hidden_size: or(size, 768),
  num_hidden_layers: or(size, 12),
  num_attention_heads: or(size, 12),
  intermediate_size: or(size, 3072),
  hidden_act: or(z.string(), 'gelu'),
  hidden_dropout_prob: or(rate, 0.1),
  attention_probs_dropout_prob: or(rate, 0.1),
  max_position_embeddings: or(size, 512),
  type_vocab_size: or(size, 2),
  initializer_range: or(z.number().positive(), 0.02),
  layer_norm_eps: or(z.number().positive(), 1e-12),
  pad_token_id: or(z.int().min(0), 0),
  num_labels: or(size, 2),
  id2label: z.record(z.string(), z.string()).nullish(),
});

/** RoBERTa's defaults where they are not BERT's. */
const robertaDefaults = { vocab_size: 50265, pad_token_id: 1 };

/** DistilBERT's names of BERT's keys. */
const DISTILBERT_KEYS = {
  n_layers: 'num_hidden_layers',
  dim: 'hidden_size',
  n_heads: 'num_attention_heads',
  hidden_dim: 'intermediate_size',
  activation: 'hidden_act',
  dropout: 'hidden_dropout_prob',
  attention_dropout: 'attention_probs_dropout_prob',
} as const;

/** DistilBERT's defaults where they are not BERT's; it has one kind of segment, and this epsilon whatever is asked for. */
const distilbertDefaults = { num_hidden_layers: 6, type_vocab_size: 1, layer_norm_eps: 1e-12 };

/** Names of the tensors in the weights, where they are known. */
export type TensorNames = readonly string[] | undefined;

export function readBert(json: Json, where: string, tensors?: TensorNames): Json {
  return readEncoder('bert', json, where, tensors);
}

export function readRoberta(json: Json, where: string, tensors?: TensorNames): Json {
  return readEncoder('roberta', { ...robertaDefaults, ...json }, where, tensors);
}

export function readDistilBert(json: Json, where: string, tensors?: TensorNames): Json {
  refuse(json, where, { sinusoidal_pos_embds: [false] });
  const renamed = Object.entries(DISTILBERT_KEYS)
    .filter(([own]) => Object.hasOwn(json, own))
    .map(([own, name]): [string, unknown] => [name, json[own]]);
  const file: Json = { ...json, ...distilbertDefaults, ...Object.fromEntries<unknown>(renamed) };
  return readEncoder('distilbert', file, where, tensors);
}

/** Dropouts of heads are not read: a head drops as much as the layers do, which is the default but for DistilBERT's. */
function readEncoder(layout: BertConfig['layout'], json: Json, where: string, tensors: TensorNames): Json {
  refuse(json, where, {
    position_embedding_type: ['absolute'],
    is_decoder: [false],
    add_cross_attention: [false],
    quantization_config: [],
  });
  const file = checked(json, EncoderJson, where, 'checkpoint');
  const { pad_token_id: padId, hidden_dropout_prob: dropout } = file;
  const head = headOf(layout, file.architectures, tensors);
  if (head === 'mlm' || head === 'mlm+nsp') refuse(json, where, { tie_word_embeddings: [true] });
  if (head === 'classify') refuse(json, where, { problem_type: ['single_label_classification'] });
  return {
    layout,
    vocab: file.vocab_size,
    context: file.max_position_embeddings - firstPosition({ layout, padId }),
    segments: file.type_vocab_size,
    layers: file.num_hidden_layers,
    width: file.hidden_size,
    heads: file.num_attention_heads,
    feedForward: file.intermediate_size,
    normEpsilon: file.layer_norm_eps,
    activation: choice(GELU_NAMES, file.hidden_act, where, 'hidden_act'),
    pooler: head === 'none' ? layout !== 'distilbert' && hasPooler(tensors) : needsPooler(layout, head),
    head,
    labels: hasLabels(head) ? labelsOf(file) : [],
    embeddingDropout: dropout,
    attentionDropout: file.attention_probs_dropout_prob,
    residualDropout: dropout,
    initRange: file.initializer_range,
    padId,
  };
}

/** The head of the class that config.json names, or else the one whose tensors are there. */
function headOf(
  layout: BertConfig['layout'],
  classes: readonly string[],
  tensors: TensorNames = [],
): EncoderHead {
  const heads = Object.entries(CLASSES) as [EncoderHead, string][];
  const named = heads.find(([, name]) => classes.includes(`${FAMILY[layout]}${name}`));
  if (named !== undefined) return named[0];
  const has = (name: string): boolean => tensors.includes(name);
  if (has(MLM_NAMES[layout].bias)) return has(`${NSP_NAME}.weight`) ? 'mlm+nsp' : 'mlm';
  if (has(`${SPAN_NAME}.weight`)) return 'answer';
  if (has('classifier.out_proj.weight') || has(`${PRE_CLASSIFIER_NAME}.weight`)) return 'classify';
  if (!has('classifier.weight')) return 'none';
  // one name for both heads: a classifier of texts has a pooler under it
  return layout === 'bert' && hasPooler(tensors) ? 'classify' : 'tag';
}

/** Without the tensors, as transformers makes the bare stack. */
function hasPooler(tensors: TensorNames): boolean {
  return tensors?.some((name) => name.endsWith('pooler.dense.weight')) ?? true;
}

function labelsOf({ id2label, num_labels: count }: z.output<typeof EncoderJson>): string[] {
  if (id2label === null || id2label === undefined) {
    return Array.from({ length: count }, (_, i) => `LABEL_${i}`);
  }
  const order = Object.entries(id2label).sort(([a], [b]) => Number(a) - Number(b));
  return order.map(([, label]) => label);
}

/** `pad_token_id` is left to the special ids. */
export function writeEncoder(config: BertConfig): Json {
  const { layout, head, labels } = config;
  const classes = {
    id2label: Object.fromEntries(labels.map((label, i) => [String(i), label])),
    label2id: Object.fromEntries(labels.map((label, i) => [label, i])),
  };
  return {
    model_type: layout,
    architectures: [`${FAMILY[layout]}${CLASSES[head]}`],
    vocab_size: config.vocab,
    max_position_embeddings: config.context + firstPosition(config),
    initializer_range: config.initRange,
    ...(layout === 'distilbert' ? distilbertFields(config) : bertFields(config)),
    ...(hasLabels(head) ? classes : {}),
  };
}

/** What BERT and RoBERTa name in the same way. */
function bertFields(config: BertConfig): Json {
  return {
    ...stackFields(config),
    type_vocab_size: config.segments,
    classifier_dropout: null,
    layer_norm_eps: config.normEpsilon,
    position_embedding_type: 'absolute',
  };
}

function distilbertFields(config: BertConfig): Json {
  const named = stackFields(config);
  return {
    ...Object.fromEntries(Object.entries(DISTILBERT_KEYS).map(([own, name]) => [own, named[name]])),
    sinusoidal_pos_embds: false,
    qa_dropout: 0,
    seq_classif_dropout: config.residualDropout,
  };
}

function stackFields(config: BertConfig) {
  return {
    num_hidden_layers: config.layers,
    hidden_size: config.width,
    num_attention_heads: config.heads,
    intermediate_size: config.feedForward,
    hidden_act: config.activation === 'gelu' ? 'gelu' : 'gelu_new',
    hidden_dropout_prob: config.residualDropout,
    attention_probs_dropout_prob: config.attentionDropout,
  };
}
