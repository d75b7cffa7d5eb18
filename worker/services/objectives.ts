/** What a model can learn, and the head that it needs for that. */
import { ClozeError } from '../base/errors.ts';
import { isEncoder, type ModelConfig } from '../models/config.ts';
import { type EncoderHead, withHead } from '../models/bert-config.ts';
import { OBJECTIVES, type ObjectiveName } from '../training/objective-name.ts';
import type { TrainingModel } from './training-model.ts';

export type { ObjectiveName };

/** The head of each objective of an encoder. */
const HEADS: Readonly<Record<Exclude<ObjectiveName, 'clm'>, EncoderHead>> = {
  mlm: 'mlm',
  'mlm+nsp': 'mlm+nsp',
  classify: 'classify',
  tag: 'tag',
  qa: 'answer',
};

/** Those that learn from labelled examples. */
export type LabelledObjective = Extract<ObjectiveName, 'classify' | 'tag' | 'qa'>;

/** Whether an objective learns from labelled examples rather than from text. */
export function isLabelled(objective: ObjectiveName): objective is LabelledObjective {
  return objective === 'classify' || objective === 'tag' || objective === 'qa';
}

/**
 * The objective that was asked for; without one a decoder learns next tokens, and an encoder what its head is for, or
 * else masked tokens. Throws `usage` if the model can not learn it.
 */
export function objectiveOf(
  asked: ObjectiveName | undefined,
  { config, from }: TrainingModel,
): ObjectiveName {
  const encoder = isEncoder(config);
  const objective = asked ?? (encoder ? usualFor(config.head) : 'clm');
  if (encoder === (objective !== 'clm')) return objective;
  const [kind, can] = encoder
    ? ['an encoder', OBJECTIVES.filter((name) => name !== 'clm')]
    : ['a decoder', ['clm']];
  throw new ClozeError('usage', `${from} is ${kind}, it can not learn ${objective}, only ${can.join(', ')}`, {
    hint: encoder
      ? 'for next tokens take gpt-nano, for example'
      : 'for the others take bert-tiny, for example',
  });
}

/** What a head has learned, or masked tokens where there is none. */
export function usualFor(head: EncoderHead): ObjectiveName {
  return OBJECTIVES.find((name) => name !== 'clm' && HEADS[name] === head) ?? 'mlm';
}

/**
 * The configuration with the head that an objective needs; the weights of another one are left out then. `labels` are
 * the classes of the data, where the objective has classes. Throws `model`.
 */
export function configFor(
  config: ModelConfig,
  objective: ObjectiveName,
  labels: readonly string[] = [],
): ModelConfig {
  return objective === 'clm' || !isEncoder(config) ? config : withHead(config, HEADS[objective], labels);
}
