/** What a run can learn, as the form offers it. */
import type { ObjectiveName } from '../../webview/protocol/objectives.ts';
import { isEncoderLayout, type PresetName } from '../../worker/protocol/models.ts';

/** Presets that a machine of one's own can train. */
const DECODERS: readonly PresetName[] = [
  'gpt-nano',
  'gpt-micro',
  'gpt-mini',
  'moe-micro',
  'gpt1',
  'gpt2',
  'gpt2-medium',
];
const BERTS: readonly PresetName[] = ['bert-tiny', 'bert-mini', 'bert-small', 'bert-medium', 'bert-base'];

/** RoBERTa and DistilBERT have no head for next sentences. */
export function presetsFor(objective: ObjectiveName): readonly PresetName[] {
  if (objective === 'clm') return DECODERS;
  return objective === 'mlm+nsp' ? BERTS : [...BERTS, 'roberta-base', 'distilbert-base'];
}

/** Whether a model of this layout can learn an objective, with or without weights. */
export function canLearn(layout: string, objective: ObjectiveName): boolean {
  if (objective === 'mlm+nsp') return layout === 'bert';
  return isEncoderLayout(layout) === (objective !== 'clm');
}

/** Ends of the names of files that hold examples of an objective; none where it learns from any text. */
export function exampleFiles(objective: ObjectiveName): readonly string[] {
  switch (objective) {
    case 'classify':
      return ['jsonl', 'csv', 'tsv'];
    case 'tag':
      return ['jsonl', 'conll', 'bio', 'iob', 'iob2', 'txt'];
    case 'qa':
      return ['jsonl', 'json'];
    case 'clm':
    case 'mlm':
    case 'mlm+nsp':
      return [];
  }
}
