/** Runs that learn from text: next tokens, masked tokens, next sentences. */
import { closeTokens, type CorpusTokens, keepTokens } from '../data/kept-tokens.ts';
import { isEncoder } from '../models/config.ts';
import type { TrainedModel } from '../models/lora.ts';
import type { AnyTokenizer } from '../tokenizers/tokenizer-json.ts';
import type { RunFolder, RunRecord } from '../training/record.ts';
import type { TrainingSettings } from '../training/settings.ts';
import { corpusObjective } from './corpus-objective.ts';
import { maskSampler } from './mask-samples.ts';
import { configFor } from './objectives.ts';
import type { RunRequest } from './prepare-run.ts';
import type { PreparedRun } from './prepared-run.ts';
import { corpusOf } from './run-corpus.ts';
import { makeSampler } from './samples.ts';
import { adapterFor, recordedAdapter } from './training-adapter.ts';
import { absolutePath, collectData, dataRecord, encodeData, textsOf } from './training-data.ts';
import { withVocabulary } from './training-model.ts';
import { makeTokenizer, tokenizerHash, type TokenizerOptions } from './training-tokenizer.ts';

/** See `prepareRun`. */
export async function prepareCorpus(
  { paths, objective, model, settings, lora, choice }: RunRequest,
  hooks: TokenizerOptions,
  check: (model: TrainedModel) => void,
): Promise<PreparedRun> {
  const options = { ...settings, ...hooks };
  const sources = paths.map(absolutePath);
  const collection = await collectData(sources, options);
  const tokenizer = await makeTokenizer(choice, textsOf(collection, settings), model, options);
  const config = configFor(withVocabulary(model, tokenizer.vocabSize, tokenizer), objective);
  const adapter = adapterFor(model, lora, config);
  check({ config, adapter });
  const corpus = await encodeData(collection, tokenizer, tokenizerHash(tokenizer), options);
  return corpusRun({ config, adapter, tokenizer, corpus, settings }, dataRecord(sources, corpus));
}

/** See `takeUpRun`. */
export async function takeUpCorpus(
  folder: RunFolder,
  record: RunRecord,
  tokenizer: AnyTokenizer,
  hooks: TokenizerOptions,
): Promise<PreparedRun> {
  const settings = record.training;
  const corpus = await corpusOf(folder, record, tokenizer, { ...settings, ...hooks });
  const { config } = record.model;
  const adapter = recordedAdapter(record.model);
  return corpusRun({ config, adapter, tokenizer, corpus, settings }, record.data);
}

interface OpenCorpus extends TrainedModel {
  readonly tokenizer: AnyTokenizer;
  readonly corpus: CorpusTokens;
  readonly settings: TrainingSettings;
}

function corpusRun(
  { config, adapter, tokenizer, corpus, settings }: OpenCorpus,
  data: RunRecord['data'],
): PreparedRun {
  const { train, validation } = corpus;
  try {
    return {
      config,
      tokenizer,
      objective: corpusObjective({ config, adapter, tokenizer, train, validation }, settings),
      data,
      keep: (folder) => keepTokens(folder.tokensPath, corpus),
      sampler: (trainer) =>
        isEncoder(config)
          ? maskSampler(trainer, { config, tokenizer, validation })
          : makeSampler(trainer, { config, tokenizer, validation }),
      close: () => closeTokens(corpus),
    };
  } catch (error) {
    closeTokens(corpus);
    throw error;
  }
}
