import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ClozeError, messageOf, systemCode } from '../base/errors.ts';
import { TOKENIZER_FILES } from '../base/tokenizer-file-names.ts';
import { type Adapted, openAdapted } from './adapted-folder.ts';
import { configFile, type FileContent, jsonFile, writeFiles } from './content.ts';
import { withSeparateExperts } from './fused-experts.ts';
import { IMPORT_RECORD } from './import-record.ts';
import { ADAPTER_CONFIG, baseChain, isAdapterFolder } from './peft.ts';
import { readReplaceable, replaceFolder } from './replace.ts';
import type { TensorData } from './safetensors.ts';
import { INDEX_FILE, openTensors, SINGLE_FILE, writeTensors } from './sharded.ts';
import type { TensorSource } from './source.ts';

export type Json = Readonly<Record<string, unknown>>;

/** A Hugging Face model folder, open for reading. Close `tensors` when done. */
export interface ModelFolder {
  /** The folder that was read: where the tokenizer's files are. */
  readonly path: string;
  /** config.json: an object, otherwise unchecked. */
  readonly config: Json;
  /** generation_config.json, where there is one. */
  readonly generationConfig: Json | undefined;
  readonly tensors: TensorSource;
  /** Of an adapter's folder. */
  readonly adapted?: Adapted | undefined;
}

/**
 * Opens config.json and the headers of the weights. An adapter's folder (peft.ts) reads as its base with the adapter
 * merged into it. Throws `checkpoint`.
 */
export function readModelFolder(folder: string): ModelFolder {
  return readReplaceable(folder, openModelFolder, ({ tensors }) => tensors.close());
}

function openModelFolder(path: string): ModelFolder {
  if (!statSync(path).isDirectory()) {
    throw new ClozeError('checkpoint', `${path}: expected a model folder, got a file`, { details: { path } });
  }
  if (isAdapterFolder(path)) {
    baseChain(path); // throws where it goes round
    return openAdapted(path, readModelFolder, readObject);
  }
  const configPath = join(path, 'config.json');
  if (!existsSync(configPath)) {
    throw new ClozeError('checkpoint', `${path} is no model folder: it has no config.json`, {
      details: { path },
      hint: 'give the folder that holds config.json and model.safetensors',
    });
  }
  refuseOtherFormats(path);
  const generationPath = join(path, 'generation_config.json');
  return {
    path,
    config: readObject(configPath),
    generationConfig: existsSync(generationPath) ? readObject(generationPath) : undefined,
    tensors: withSeparateExperts(openTensors(path)),
  };
}

function refuseOtherFormats(path: string): void {
  if (existsSync(join(path, SINGLE_FILE)) || existsSync(join(path, INDEX_FILE))) return;
  const entries = readdirSync(path);
  const pickle = entries.find((entry) => /\.(bin|pt|pth|ckpt|pkl)$/.test(entry));
  if (pickle !== undefined) {
    throw new ClozeError(
      'checkpoint',
      `${path}: expected ${SINGLE_FILE}, got ${pickle}, a pickle: loading one can run any code, so it is not read`,
      {
        details: { path, file: pickle },
        hint: 'convert it where you trust it: in Python, AutoModelForCausalLM.from_pretrained(FOLDER).save_pretrained(FOLDER, safe_serialization=True)',
      },
    );
  }
  const shown = entries.slice(0, 8).join(', ');
  throw new ClozeError('checkpoint', `${path}: expected ${SINGLE_FILE} or ${INDEX_FILE}, got ${shown}`, {
    details: { path, entries },
  });
}

function readObject(path: string): Json {
  const fail = (why: string, cause?: unknown): never => {
    throw new ClozeError('checkpoint', `${path}: ${why}`, { cause, details: { path } });
  };
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    return fail(systemCode(error) === undefined ? `not JSON: ${messageOf(error)}` : messageOf(error), error);
  }
  return isObject(value) ? value : fail('expected a JSON object');
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a model folder is written from. */
export interface ModelContent {
  readonly config: Json;
  readonly tensors: ReadonlyMap<string, TensorData>;
  readonly generationConfig?: Json | undefined;
  /** Further files by name: the tokenizer's, a run's optimizer state. */
  readonly files?: Readonly<Record<string, FileContent>> | undefined;
  readonly maxShardBytes?: number | undefined;
}

/**
 * Writes a model folder, whole or not at all; one that is there is replaced (see replace.ts). Throws `disk`, or
 * `usage` if the folder that is there holds something else.
 */
export function writeModelFolder(folder: string, content: ModelContent): void {
  replaceFolder(
    folder,
    (temporary) => fillModelFolder(temporary, content),
    (entry) => Object.hasOwn(content.files ?? {}, entry) || isModelFile(entry),
  );
}

/** Writes the files of a model into a folder that is to take another's place. Throws `disk`. */
export function fillModelFolder(
  folder: string,
  { config, generationConfig, tensors, files, maxShardBytes }: ModelContent,
): void {
  const generation = generationConfig && { 'generation_config.json': jsonFile(generationConfig) };
  writeFiles(folder, { 'config.json': configFile(config), ...generation, ...files });
  writeTensors(folder, tensors, maxShardBytes);
}

/** Whether a model folder is known to have such a file. */
export function isModelFile(entry: string): boolean {
  const named = ['config.json', ADAPTER_CONFIG, 'generation_config.json', IMPORT_RECORD, '.DS_Store'];
  return (
    TOKENIZER_FILES.includes(entry) || named.includes(entry) || /\.safetensors(\.index\.json)?$/.test(entry)
  );
}
