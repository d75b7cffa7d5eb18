/** run.json: everything that is needed to repeat a run. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { ClozeError } from '../base/errors.ts';
import { readJson, writeFileAtomic } from '../base/files.ts';
import { ModelConfigSchema } from '../models/config.ts';
import { SpecialIdsSchema } from '../models/huggingface.ts';
import { LoraSettingsSchema } from '../models/lora.ts';
import { RUN_FILE } from '../models/model-folder.ts';
import { PROVIDERS } from '../runtime/provider-name.ts';
import { OBJECTIVES } from './objective-name.ts';
import { ComputePrecisionSchema } from './precision-name.ts';
import { TrainingSettingsSchema } from './settings.ts';

const VERSION = 1;

/** What a run that ended before its record was written may have left behind. */
const LEFT_BY_A_START: ReadonlySet<string> = new Set([
  '.lock',
  'tokenizer',
  'tokens',
  'examples.json',
  '.tokens.next',
  '.tokens.previous',
]);

export const RunRecordSchema = z.object({
  version: z.literal(VERSION),
  /** Version of Cloze that started the run. */
  cloze: z.string(),
  createdAt: z.string(),
  objective: z.enum(OBJECTIVES),
  provider: z.enum(PROVIDERS),
  threads: z.int().positive(),
  /** As the provider has it; earlier versions had float32 alone. */
  precision: ComputePrecisionSchema.optional(),
  model: z.object({
    /** A preset's name, or the folder whose weights the run began with. */
    from: z.string(),
    pretrained: z.boolean(),
    config: ModelConfigSchema,
    /** Of the folder; its config.json's and generation_config.json's words. */
    specialIds: SpecialIdsSchema.default({}),
    /** The adapter that is trained on `from`, where it is not the model itself. */
    lora: z
      .object({
        settings: LoraSettingsSchema,
        /** Modules that are trained whole. */
        saved: z.array(z.string()),
        /** SHA-256 of the weights of `from`. */
        baseHash: z.string(),
      })
      .optional(),
  }),
  tokenizer: z.object({
    /** 'bpe:N', 'wordpiece:N', 'char' or a folder. */
    from: z.string(),
    vocabSize: z.int(),
    hash: z.string(),
  }),
  data: z.object({
    /** Files, folders and globs, absolute. */
    paths: z.array(z.string()),
    files: z.int(),
    bytes: z.int(),
    trainTokens: z.int(),
    validationTokens: z.int(),
    leftOut: z.record(z.string(), z.int()),
    /** Changes with the content of the data, the split or the tokenizer. */
    hash: z.string(),
  }),
  training: TrainingSettingsSchema.required({ context: true, minLr: true, decaySteps: true }),
});

export type RunRecord = z.infer<typeof RunRecordSchema>;

/** Where the parts of a run are. */
export class RunFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  get recordPath(): string {
    return join(this.path, RUN_FILE);
  }
  get metricsPath(): string {
    return join(this.path, 'metrics.jsonl');
  }
  get tokenizerPath(): string {
    return join(this.path, 'tokenizer');
  }
  /** What it trains on, encoded (data/kept-tokens.ts). */
  get tokensPath(): string {
    return join(this.path, 'tokens');
  }
  /** The labelled examples that it learns from, by side of the split, where it does. */
  get examplesPath(): string {
    return join(this.path, 'examples.json');
  }
  get checkpointsPath(): string {
    return join(this.path, 'checkpoints');
  }

  /** Throws `usage` if there is a run in the folder. */
  requireFree(): void {
    if (existsSync(this.recordPath)) {
      throw new ClozeError('usage', `${this.path} holds a run already`, {
        hint: 'choose another folder, or resume that run',
        details: { path: this.path },
      });
    }
    const other = readdirSync(this.path).find((name) => !LEFT_BY_A_START.has(name));
    if (other !== undefined) {
      throw new ClozeError('usage', `${this.path} is not empty: it holds ${other}`, {
        hint: 'a run has a folder of its own; choose one that is new or empty',
        details: { path: this.path, found: other },
      });
    }
  }

  /** Throws `usage` if the folder holds no run, `config` if its record is not sound. */
  readRecord(): Promise<RunRecord> {
    if (!existsSync(this.recordPath)) {
      throw new ClozeError('usage', `${this.path} is no run folder: it has no run.json`, {
        hint: 'give the folder that a training run has made',
        details: { path: this.path },
      });
    }
    return readJson(this.recordPath, RunRecordSchema, 'config');
  }

  /** Throws `disk`. */
  async writeRecord(content: Omit<RunRecord, 'version'>): Promise<RunRecord> {
    const record: RunRecord = { version: VERSION, ...content };
    await writeFileAtomic(this.recordPath, `${JSON.stringify(record, undefined, 2)}\n`);
    return record;
  }
}
