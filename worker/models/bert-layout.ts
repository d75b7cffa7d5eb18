/** The parameters of encoders under the names of Hugging Face. */
import type { BertConfig } from './bert-config.ts';
import { layerModules, linear, type ModulePath, type Parameter, withBias } from './parameter.ts';

/** Where a layer's modules are within it, and the layers within the stack. */
interface StackNames {
  readonly stack: string;
  readonly attention: string;
  readonly query: string;
  readonly key: string;
  readonly value: string;
  readonly attended: string;
  readonly norm1: string;
  readonly up: string;
  readonly down: string;
  readonly norm2: string;
}

const BERT_NAMES: StackNames = {
  stack: 'encoder',
  attention: 'attention.self',
  query: 'query',
  key: 'key',
  value: 'value',
  attended: 'attention.output.dense',
  norm1: 'attention.output.LayerNorm',
  up: 'intermediate.dense',
  down: 'output.dense',
  norm2: 'output.LayerNorm',
};

/** Module names of each family. */
export const STACK_NAMES: Readonly<Record<BertConfig['layout'], StackNames>> = {
  bert: BERT_NAMES,
  roberta: BERT_NAMES,
  distilbert: {
    stack: 'transformer',
    attention: 'attention',
    query: 'q_lin',
    key: 'k_lin',
    value: 'v_lin',
    attended: 'attention.out_lin',
    norm1: 'sa_layer_norm',
    up: 'ffn.lin1',
    down: 'ffn.lin2',
    norm2: 'output_layer_norm',
  },
};

/** Names of the head for masked tokens; its decoder is the token embedding, with a bias of its own. */
export const MLM_NAMES = {
  bert: {
    dense: 'cls.predictions.transform.dense',
    norm: 'cls.predictions.transform.LayerNorm',
    bias: 'cls.predictions.bias',
  },
  roberta: { dense: 'lm_head.dense', norm: 'lm_head.layer_norm', bias: 'lm_head.bias' },
  distilbert: { dense: 'vocab_transform', norm: 'vocab_layer_norm', bias: 'vocab_projector.bias' },
} as const;

export const NSP_NAME = 'cls.seq_relationship';
export const SPAN_NAME = 'qa_outputs';

/** The first of the two layers of DistilBERT's head of classes. */
export const PRE_CLASSIFIER_NAME = 'pre_classifier';

/** Rows of the table of positions before the first real one: RoBERTa counts from padId + 1, and has padding at padId. */
export function firstPosition({ layout, padId }: Pick<BertConfig, 'layout' | 'padId'>): number {
  return layout === 'roberta' ? padId + 1 : 0;
}

/** Rows of the tables that look-ups of padding take and do not train, as torch.nn.Embedding's `padding_idx`. */
export function paddingRows(config: BertConfig): ReadonlyMap<string, number> {
  const table = (kind: string): string => `${config.layout}.embeddings.${kind}_embeddings.weight`;
  const words: [string, number] = [table('word'), config.padId];
  return new Map(config.layout === 'roberta' ? [words, [table('position'), config.padId]] : [words]);
}

/** Every parameter, in the order of the computation. Linear weights are [out, in]. */
export function encoderParameters(config: BertConfig): Parameter[] {
  const { layout, layers, width, pooler, normPlacement } = config;
  return [
    ...embeddings(config),
    ...Array.from({ length: layers }, (_, index) => layer(config, index)).flat(),
    ...(normPlacement === 'pre'
      ? norm(`${layout}.${STACK_NAMES[layout].stack}.LayerNorm`, width, ['final norm'])
      : []),
    ...(pooler ? linear(`${layout}.pooler.dense`, width, width, true, ['pooler']) : []),
    ...heads(config),
  ];
}

function embeddings(config: BertConfig): Parameter[] {
  const { layout, vocab, context, segments, width } = config;
  const table = (kind: string, module: string, rows: number): Parameter => ({
    name: `${layout}.embeddings.${kind}_embeddings.weight`,
    shape: [rows, width],
    module: ['embeddings', module],
  });
  return [
    table('word', 'tokens', vocab),
    table('position', 'positions', context + firstPosition(config)),
    ...(layout === 'distilbert' ? [] : [table('token_type', 'segments', segments)]),
    ...norm(`${layout}.embeddings.LayerNorm`, width, ['embeddings', 'norm']),
  ];
}

function layer({ layout, width, feedForward }: BertConfig, index: number): Parameter[] {
  const names = STACK_NAMES[layout];
  const name = `${layout}.${names.stack}.layer.${index}`;
  const [attention, mlp, norms] = layerModules(index);
  return [
    ...[names.query, names.key, names.value].flatMap((part) =>
      linear(`${name}.${names.attention}.${part}`, width, width, true, attention),
    ),
    ...linear(`${name}.${names.attended}`, width, width, true, attention),
    ...norm(`${name}.${names.norm1}`, width, norms),
    ...linear(`${name}.${names.up}`, width, feedForward, true, mlp),
    ...linear(`${name}.${names.down}`, feedForward, width, true, mlp),
    ...norm(`${name}.${names.norm2}`, width, norms),
  ];
}

function heads(config: BertConfig): Parameter[] {
  const { layout, width, head, labels } = config;
  switch (head) {
    case 'none':
      return [];
    case 'mlm':
      return maskedHead(config);
    case 'mlm+nsp':
      return [...maskedHead(config), ...linear(NSP_NAME, width, 2, true, ['nsp head'])];
    case 'answer':
      return linear(SPAN_NAME, width, 2, true, ['span head']);
    case 'tag':
      return linear('classifier', width, labels.length, true, ['tag head']);
    case 'classify': {
      const module = ['class head'];
      if (layout === 'bert') return linear('classifier', width, labels.length, true, module);
      if (layout === 'distilbert') {
        return [
          ...linear(PRE_CLASSIFIER_NAME, width, width, true, module),
          ...linear('classifier', width, labels.length, true, module),
        ];
      }
      return [
        ...linear('classifier.dense', width, width, true, module),
        ...linear('classifier.out_proj', width, labels.length, true, module),
      ];
    }
  }
}

function maskedHead({ layout, width, vocab }: BertConfig): Parameter[] {
  const names = MLM_NAMES[layout];
  const module = ['mlm head'];
  return [
    ...linear(names.dense, width, width, true, module),
    ...norm(names.norm, width, module),
    { name: names.bias, shape: [vocab], module },
  ];
}

function norm(name: string, width: number, module: ModulePath): Parameter[] {
  return withBias(name, [width], width, true, module);
}
