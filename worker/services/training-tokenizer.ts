/** The tokenizer of a run: trained on its data, or read from a folder. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ClozeError } from '../base/errors.ts';
import { TOKENIZER_FILES } from '../base/tokenizer-file-names.ts';
import { writeFiles } from '../checkpoints/content.ts';
import type { PrepareProgress } from '../protocol/train.ts';
import type { ModelConfig } from '../models/config.ts';
import { loadModelTokenizer, tokenizerFolder } from '../models/load.ts';
import { openUnchanged } from '../models/open-unchanged.ts';
import { type BpeTrainingProgress, trainBpe } from '../tokenizers/bpe-trainer.ts';
import { trainChar } from '../tokenizers/char.ts';
import { hasTokenizer, saveTokenizer } from '../tokenizers/tokenizer-files.ts';
import { type AnyTokenizer, toTokenizerJson } from '../tokenizers/tokenizer-json.ts';
import { ROBERTA_SPECIAL } from '../tokenizers/tokenizer.ts';
import { ROUNDS_FROM, trainWordPiece } from '../tokenizers/wordpiece-trainer.ts';
import type { TrainingModel } from './training-model.ts';

export type { AnyTokenizer };

/** How the name of a tokenizer is meant. */
export type TokenizerChoice =
  | { kind: 'bpe'; vocabSize: number }
  | { kind: 'wordpiece'; vocabSize: number }
  | { kind: 'char' }
  | { kind: 'folder'; folder: string };

/** What the name of a tokenizer means; without one, the model says. Throws `usage`. */
export function parseTokenizer(name: string | undefined, model: TrainingModel): TokenizerChoice {
  if (name === undefined) {
    if (model.pretrained) return { kind: 'folder', folder: model.from };
    return { kind: readsWordPieces(model.config) ? 'wordpiece' : 'bpe', vocabSize: model.config.vocab };
  }
  if (name === 'char') return { kind: 'char' };
  const [, kind, vocabSize] = /^(bpe|wordpiece):(\d+)$/.exec(name) ?? [];
  if (kind === 'bpe' || kind === 'wordpiece') return { kind, vocabSize: Number(vocabSize) };
  if (existsSync(name)) return { kind: 'folder', folder: name };
  throw new ClozeError('usage', `expected bpe:N, wordpiece:N, char or a tokenizer's folder, got ${name}`, {
    hint: 'for example bpe:4096',
  });
}

/** Whether the family's published models have WordPiece. */
function readsWordPieces({ layout }: ModelConfig): boolean {
  return layout === 'bert' || layout === 'distilbert';
}

/** What a tokenizer is trained on; read only if it is. */
export interface TokenizerTexts {
  /** Of the training split. */
  readonly train: () => Iterable<string>;
  /** Of both splits. */
  readonly all: () => Iterable<string>;
}

export interface TokenizerOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: PrepareProgress) => void) | undefined;
  readonly onNote?: ((message: string) => void) | undefined;
}

/**
 * Trains or reads a tokenizer. Byte-level BPE and WordPiece learn from the training split; a character tokenizer must know the
 * characters of both; a folder may be a run's. Throws `tokenizer`, `data`, `cancelled`, `model` if the model has another tokenizer,
 * and of a folder `checkpoint`, or `usage` if it is not there or a run's that has no checkpoint yet.
 */
export async function makeTokenizer(
  choice: TokenizerChoice,
  texts: TokenizerTexts,
  model: TrainingModel,
  options: TokenizerOptions,
): Promise<AnyTokenizer> {
  const { signal, onProgress, onNote } = options;
  const counting = (done: number): void => onProgress?.({ phase: 'counting words', done });
  const training = (progress: BpeTrainingProgress): void =>
    progress.phase === 'counting' ? counting(progress.characters) : onProgress?.(progress);
  switch (choice.kind) {
    case 'folder': {
      const tokenizer = await loadModelTokenizer(choice.folder);
      await requireSame(tokenizer, choice.folder, model);
      return tokenizer;
    }
    case 'char':
      refuseNew(model);
      return trainChar({ texts: texts.all(), signal, onProgress: counting });
    case 'bpe': {
      refuseNew(model);
      const { tokenizer, warning } = await trainBpe({
        texts: texts.train(),
        vocabSize: choice.vocabSize,
        specialTokens: model.config.layout === 'roberta' ? Object.values(ROBERTA_SPECIAL) : undefined,
        signal,
        onProgress: training,
      });
      if (warning !== undefined) onNote?.(warning);
      return tokenizer;
    }
    case 'wordpiece': {
      refuseNew(model);
      const { tokenizer, warning } = await trainWordPiece({
        texts: texts.train(),
        vocabSize: choice.vocabSize,
        startFrequency: ROUNDS_FROM,
        signal,
        onProgress: training,
      });
      if (warning !== undefined) onNote?.(warning);
      return tokenizer;
    }
  }
}

/** Ids mean nothing to a model that learned others. */
async function requireSame(tokenizer: AnyTokenizer, folder: string, model: TrainingModel): Promise<void> {
  if (!model.pretrained || !hasTokenizer(model.from)) return;
  if (tokenizerHash(tokenizer) === tokenizerHash(await loadModelTokenizer(model.from))) return;
  throw new ClozeError(
    'model',
    `the tokenizer in ${folder} is not the one that ${model.from} was trained with`,
    {
      hint: "name no tokenizer: the model's own is taken then",
    },
  );
}

function refuseNew({ pretrained, from }: TrainingModel): void {
  if (!pretrained) return;
  throw new ClozeError(
    'model',
    `${from} was trained with a tokenizer of its own, a new one does not match it`,
    {
      hint: "name no tokenizer: the model's own is taken then",
    },
  );
}

/** Two tokenizers that encode alike have the same. */
export function tokenizerHash(tokenizer: AnyTokenizer): string {
  return createHash('sha256')
    .update(JSON.stringify(toTokenizerJson(tokenizer)))
    .digest('hex');
}

/**
 * Writes the tokenizer's folder of a run; what a folder that it comes from says, or its run's model, is kept word for word.
 * Throws `disk`, `usage` and `checkpoint` if the folder has gone.
 */
export async function keepTokenizer(
  folder: string,
  tokenizer: AnyTokenizer,
  choice: TokenizerChoice,
): Promise<void> {
  await saveTokenizer(folder, tokenizer);
  if (choice.kind !== 'folder') return;
  const files = await openUnchanged(
    choice.folder,
    (path) => tokenizerFiles(tokenizerFolder(path)),
    () => undefined,
  );
  if (Object.hasOwn(files, 'tokenizer.json')) writeFiles(folder, files);
}

/** The files of a tokenizer's folder by name. */
export function tokenizerFiles(folder: string): Record<string, Uint8Array> {
  const names = readdirSync(folder).filter((name) => TOKENIZER_FILES.includes(name));
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name))]));
}
