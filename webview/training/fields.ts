/**
 * The training settings of the form: what they are called, and what they may be. fields.test.ts holds defaults and
 * ranges against the worker's own schema.
 */
import type { ObjectiveName } from '../protocol/objectives.ts';

interface Common {
  /** As in the worker's settings. */
  readonly name: string;
  readonly label: string;
  readonly help: string;
  /** Left out: of all. */
  readonly objectives?: readonly ObjectiveName[];
}

/** Which ends of a range do not belong to it. */
type Open = 'min' | 'max' | 'both';

export interface NumberField extends Common {
  readonly kind: 'number';
  readonly whole: boolean;
  readonly min: number;
  readonly max: number;
  readonly open?: Open;
  /** None: it follows from others, as `placeholder` says. */
  readonly default: number | undefined;
  readonly placeholder?: string;
}

export interface ChoiceField extends Common {
  readonly kind: 'choice';
  readonly choices: readonly { readonly value: string; readonly label: string }[];
  readonly default: string;
}

export interface SwitchField extends Common {
  readonly kind: 'switch';
  readonly default: boolean;
}

export type TrainingField = NumberField | ChoiceField | SwitchField;

export interface FieldGroup {
  readonly title: string;
  readonly fields: readonly TrainingField[];
}

const MASKED: readonly ObjectiveName[] = ['mlm', 'mlm+nsp'];
const TEXT: readonly ObjectiveName[] = ['clm', ...MASKED];
const LABELLED: readonly ObjectiveName[] = ['classify', 'tag', 'qa'];

/** Whether a field says something about an objective. */
export function isFor({ objectives }: TrainingField, objective: ObjectiveName): boolean {
  return objectives === undefined || objectives.includes(objective);
}

function only<Field extends TrainingField>(objectives: readonly ObjectiveName[], field: Field): Field {
  return { ...field, objectives };
}

const MOST = Number.MAX_SAFE_INTEGER;

/** A whole number. */
function whole(
  name: string,
  label: string,
  [min, max]: readonly [number, number],
  value: number | undefined,
  help: string,
  placeholder?: string,
): NumberField {
  return { kind: 'number', whole: true, name, label, min, max, default: value, help, placeholder };
}

/** Any number. */
function real(
  name: string,
  label: string,
  [min, max, open]: readonly [number, number, Open?],
  value: number | undefined,
  help: string,
  placeholder?: string,
): NumberField {
  return { kind: 'number', whole: false, name, label, min, max, open, default: value, help, placeholder };
}

/** What everyone looks at. */
export const BASIC_FIELDS: readonly NumberField[] = [
  whole('steps', 'Steps', [1, MOST], 2000, 'Optimizer steps'),
  whole('batch', 'Batch', [1, MOST], 12, 'Sequences in a batch'),
  whole('context', 'Context', [1, MOST], undefined, 'Tokens in a sequence', "the model's"),
  real('lr', 'Learning rate', [0, Infinity, 'min'], 1e-3, 'Peak learning rate'),
  only(
    ['clm'],
    real(
      'fimRate',
      'Fill-in-the-middle',
      [0, 1],
      0,
      'Share of documents rearranged, so that the model learns to complete before text that follows; for inline completion 0.5 is usual',
    ),
  ),
  only(
    MASKED,
    real('maskRate', 'Masked share', [0, 1, 'min'], 0.15, 'Share of the tokens that are predicted'),
  ),
  only(
    LABELLED,
    real(
      'testFraction',
      'Test share',
      [0, 1, 'max'],
      0.2,
      'Share of the examples kept for the report at the end',
    ),
  ),
];

/** What has a default that serves, in groups. */
export const ADVANCED_FIELDS: readonly FieldGroup[] = [
  {
    title: 'Learning',
    fields: [
      {
        kind: 'choice',
        name: 'schedule',
        label: 'Schedule',
        help: 'Learning rate after the warmup',
        default: 'cosine',
        choices: [
          { value: 'cosine', label: 'Cosine' },
          { value: 'linear', label: 'Linear' },
          { value: 'wsd', label: 'Warmup, stable, decay' },
          { value: 'constant', label: 'Constant' },
        ],
      },
      whole('warmup', 'Warmup', [0, MOST], 100, 'Steps of linear warmup'),
      real(
        'minLr',
        'Last rate',
        [0, Infinity],
        undefined,
        'Learning rate at the end of the decay',
        'a tenth',
      ),
      whole('decaySteps', 'Decay', [0, MOST], undefined, 'Steps of the decay', 'the rest'),
      real('weightDecay', 'Weight decay', [0, Infinity], 0.1, 'Decoupled weight decay of matrices'),
      real('clip', 'Gradient clip', [0, Infinity], 1, 'Largest global norm of the gradients; 0: no clipping'),
      real('beta1', 'Beta 1', [0, 1, 'max'], 0.9, "AdamW's decay of the gradient's mean"),
      real('beta2', 'Beta 2', [0, 1, 'max'], 0.99, "AdamW's decay of the squared gradient's mean"),
    ],
  },
  {
    title: 'Data and memory',
    fields: [
      whole('accumulate', 'Accumulate', [1, MOST], 1, 'Batches whose gradients are summed into one step'),
      real(
        'validationFraction',
        'Validation',
        [0, 1, 'both'],
        0.1,
        'Share of the data held out for evaluation',
      ),
      {
        kind: 'choice',
        name: 'order',
        objectives: ['clm'],
        label: 'Order',
        help: 'Where sequences begin',
        default: 'packed',
        choices: [
          { value: 'packed', label: 'Epochs, packed' },
          { value: 'random', label: 'Random places' },
        ],
      },
      whole('seed', 'Seed', [0, 0x7fffffff], 1, 'Of the initial weights, the batches, dropout and the split'),
      {
        kind: 'choice',
        name: 'precision',
        label: 'Precision',
        help: 'What a step computes in, beside weights in float32; without a GPU that can, the roundings are emulated',
        default: 'float32',
        choices: [
          { value: 'float32', label: 'float32' },
          { value: 'float16', label: 'float16' },
          { value: 'bfloat16', label: 'bfloat16' },
        ],
      },
      {
        kind: 'switch',
        name: 'recompute',
        label: 'Recompute activations',
        help: 'Less memory, more time',
        default: false,
      },
      {
        kind: 'switch',
        name: 'force',
        label: 'Start with too little memory',
        help: 'Start even if the memory that is free seems too little',
        default: false,
      },
    ],
  },
  {
    title: 'Masks',
    fields: [
      {
        kind: 'choice',
        name: 'maskOrder',
        objectives: MASKED,
        label: 'Masks',
        help: 'Whether each epoch masks other tokens, as RoBERTa, or the same ones',
        default: 'dynamic',
        choices: [
          { value: 'dynamic', label: 'Others each epoch' },
          { value: 'static', label: 'Always the same' },
        ],
      },
      {
        kind: 'switch',
        name: 'maskWords',
        objectives: MASKED,
        label: 'Mask whole words',
        help: 'All pieces of a word are masked together',
        default: false,
      },
    ],
  },
  {
    title: 'Examples',
    fields: [
      {
        kind: 'choice',
        name: 'classWeights',
        objectives: ['classify', 'tag'],
        label: 'Class weights',
        help: 'Whether rare classes count as much as frequent ones',
        default: 'none',
        choices: [
          { value: 'none', label: 'As they come' },
          { value: 'balanced', label: 'Balanced' },
        ],
      },
      only(
        LABELLED,
        whole(
          'lengths',
          'Lengths',
          [1, MOST],
          3,
          'Lengths that texts are padded to, so that short ones cost less',
        ),
      ),
      only(['qa'], whole('stride', 'Stride', [1, MOST], 64, 'Tokens between two windows over a long text')),
    ],
  },
  {
    title: 'Evaluation and checkpoints',
    fields: [
      whole('evalEvery', 'Evaluate every', [0, MOST], 250, 'Steps between evaluations; 0: only at the end'),
      whole('evalBatches', 'Batches', [0, MOST], 200, 'Batches of an evaluation; 0: all validation data'),
      whole(
        'patience',
        'Patience',
        [0, MOST],
        0,
        'Evaluations without a new best before the run stops; 0: never',
      ),
      whole('checkpointEvery', 'Save every', [0, MOST], 250, 'Steps between checkpoints; 0: only at the end'),
      whole('keep', 'Keep', [0, MOST], 2, 'Older checkpoints to keep beside the last and the best'),
      only(
        TEXT,
        whole(
          'sampleEvery',
          'Sample every',
          [0, MOST],
          0,
          'Steps between samples of what the model writes, or fills in; 0: none',
        ),
      ),
      only(TEXT, whole('sampleTokens', 'Sample length', [1, MOST], 64, 'Tokens of a sample')),
    ],
  },
];

export const TRAINING_FIELDS: readonly TrainingField[] = [
  ...BASIC_FIELDS,
  ...ADVANCED_FIELDS.flatMap(({ fields }) => fields),
];

export type FieldValue = number | string | boolean;

export type Parsed =
  | { readonly value: FieldValue | undefined; readonly problem?: never }
  | { readonly problem: string; readonly value?: never };

/** What a text means in a field. No value: the field's default. `max` narrows the range further. */
export function parseField(field: TrainingField, text: string, max = Infinity): Parsed {
  switch (field.kind) {
    case 'choice':
      return { value: text === field.default ? undefined : text };
    case 'switch':
      return { value: (text === 'true') === field.default ? undefined : text === 'true' };
    case 'number':
      return parseNumber(field, text.trim(), max);
  }
}

/** How a value, or the default, stands in a field. */
export function fieldText({ default: value }: TrainingField, given: FieldValue | undefined): string {
  return String(given ?? value ?? '');
}

function parseNumber(field: NumberField, text: string, narrower: number): Parsed {
  if (text === '') {
    return field.default === undefined
      ? { value: undefined }
      : { problem: `Expected a number, such as ${field.default}` };
  }
  const value = Number(text);
  const { whole, min, open } = field;
  const max = Math.min(field.max, narrower);
  if (!Number.isFinite(value)) return { problem: `Expected a number, got ${text}` };
  if (whole && !Number.isInteger(value)) return { problem: `Expected a whole number, got ${text}` };
  const above = open === 'min' || open === 'both';
  if (above ? value <= min : value < min)
    return { problem: `Expected ${above ? 'more than' : 'at least'} ${min}` };
  const below = open === 'max' || open === 'both';
  if (below ? value >= max : value > max)
    return { problem: `Expected ${below ? 'less than' : 'at most'} ${max}` };
  return { value: value === field.default ? undefined : value };
}
