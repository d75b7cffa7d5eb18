import { basename } from 'node:path';
import { isEncoder, readModel } from '../../worker/protocol/models.ts';
import { refusal } from '../platform/problem.ts';

const KINDS = { bert: 'BERT', roberta: 'RoBERTa', distilbert: 'DistilBERT' } as const;

/** Throws `usage` for a folder whose model reads and does not write, and `usage`, `checkpoint` for one without a model. */
export function requireWriter(path: string): void {
  const { config } = readModel(path);
  if (!isEncoder(config)) return;
  throw refusal(
    `${basename(path)} is a ${KINDS[config.layout]}, which reads text and writes none: it can not complete code`,
    'choose a GPT for that; use this one with Fill Masked Word, Classify Selection, Tag Entities or Answer from Document',
  );
}
