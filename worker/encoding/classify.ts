import { textFeatures } from '../data/labelled/text-features.ts';
import type { RunOptions } from './encoder.ts';
import { largest, softmax } from './probabilities.ts';
import { encodingOf, type ReadingModel, requireHead, requireText } from './reading-model.ts';
import type { Classified } from './results.ts';

/** A text, or two that are judged together. */
export interface ClassifiedText {
  readonly text: string;
  readonly pair?: string | undefined;
}

/**
 * The label of each text. One that is too long is judged by its beginning, as in training. Throws `usage` for an empty
 * text, `model` for a model without a head for classes, `provider`, `cancelled`.
 */
export async function classify(
  model: ReadingModel,
  texts: readonly ClassifiedText[],
  options: RunOptions = {},
): Promise<Classified[]> {
  const { encoder } = model;
  requireHead(encoder.config, ['classify'], 'classification');
  for (const { text } of texts) requireText(text, 'a text to classify');
  const features = texts.map((text) => textFeatures(text, encodingOf(model)));
  const read = (logits: Float32Array, cut: number): Classified => {
    const labels = labelsOf(logits, encoder.config.labels);
    return { ...labels[0]!, labels, cut };
  };
  return encoder.ask('classes', features, ({ logits }, i) => read(logits!, features[i]!.cut), options);
}

function labelsOf(logits: Float32Array, labels: readonly string[]): Classified['labels'] {
  const probabilities = softmax(logits);
  return largest(probabilities, labels.length).map((i) => ({
    label: labels[i]!,
    probability: probabilities[i]!,
  }));
}
