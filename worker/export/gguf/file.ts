/** A model as one GGUF file, for llama.cpp and the programs on top of it. */
import type { SpecialIds } from '../../models/huggingface.ts';
import type { AnyTokenizer } from '../../tokenizers/tokenizer-json.ts';
import type { ExportedModel } from '../exported-model.ts';
import type { GgufType } from '../formats.ts';
import { architectureMetadata, requireGguf } from './architecture.ts';
import { type GgufMetadata, type GgufTensor, uint32, writeGgufFile } from './format.ts';
import { ggufTensors } from './tensors.ts';
import { vocabularyMetadata } from './vocabulary.ts';

export interface GgufModel extends Pick<ExportedModel, 'config'> {
  readonly parameters: Pick<ExportedModel['parameters'], 'shapes' | 'read' | 'chunks'>;
  readonly name: string;
  readonly tokenizer: AnyTokenizer;
  readonly specialIds: SpecialIds;
  /** Whether the model has learned to fill in the middle. */
  readonly fillsIn: boolean;
}

/** What most tensors of a file are, as llama.cpp numbers it. */
const FILE_TYPE = { f32: 0, f16: 1, q4_0: 2, q8_0: 7 } as const;
const QUANTISATION_VERSION = 2;

/** What a file would hold. Throws `model` for a model that llama.cpp does not compute. */
export function ggufContent(
  { config: given, parameters, name, tokenizer, specialIds, fillsIn }: GgufModel,
  type: GgufType,
): { metadata: GgufMetadata; tensors: GgufTensor[] } {
  const config = requireGguf(given);
  const general = new Map([['general.file_type', uint32(FILE_TYPE[type])]]);
  if (type.startsWith('q')) general.set('general.quantization_version', uint32(QUANTISATION_VERSION));
  const metadata: GgufMetadata = new Map([
    ...architectureMetadata(config),
    ['general.name', name],
    ...general,
    ...vocabularyMetadata(tokenizer, { size: config.vocab, specialIds, fillsIn }),
  ]);
  return { metadata, tensors: ggufTensors(config, parameters, type) };
}

/** Writes the file, whole or not at all. Throws `model`, `disk`, `cancelled`. */
export async function writeGguf(
  path: string,
  model: GgufModel,
  type: GgufType,
  signal?: AbortSignal,
): Promise<void> {
  const { metadata, tensors } = ggufContent(model, type);
  await writeGgufFile(path, metadata, tensors, signal);
}
