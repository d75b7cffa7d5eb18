/** What a training run is asked for. */
export interface TrainRequest {
  /** Files, folders and globs. */
  readonly data: readonly string[];
  /** A preset's name, or a model folder whose weights training begins with. */
  readonly model: string;
  /** 'bpe:N' or 'char', trained on the data, or a tokenizer's folder; default: the model folder's, or bpe of the preset's size. */
  readonly tokenizer?: string | undefined;
  /** The run folder, made if missing. */
  readonly out: string;
  /** Default 'auto'. */
  readonly provider?: string | undefined;
  /** Threads inside one operator; default: the cores that the process may use. */
  readonly threads?: number | undefined;
  /** Whether to measure where the time goes. */
  readonly profile?: boolean | undefined;
  /** As `--set` and `--config` give them (services/settings.ts). */
  readonly settings?: SettingValues | undefined;
}

/** Values of model and training fields by name; fields that are left out have their defaults. */
export interface SettingValues {
  readonly model: Readonly<Record<string, unknown>>;
  readonly training: Readonly<Record<string, unknown>>;
}

export interface ResumeRequest {
  /** The run folder. */
  readonly run: string;
  /** Default: the one the run was using. */
  readonly provider?: string | undefined;
}

/** How far the work before the first step is. */
export interface PrepareProgress {
  readonly phase: 'reading files' | 'counting words' | 'merging' | 'encoding';
  readonly done: number;
  /** Where it is known. */
  readonly total?: number | undefined;
}

export interface EvaluateRequest {
  /** A model folder, or a run folder: then its best checkpoint. */
  readonly model: string;
  /** Files, folders and globs; all of their text counts. */
  readonly data: readonly string[];
  readonly provider?: string | undefined;
  /** B, sequences at once; default 8. */
  readonly batch?: number | undefined;
  /** T, tokens a sequence; default the model's context. */
  readonly context?: number | undefined;
}

export interface EvaluateResult {
  readonly model: string;
  /** Mean cross-entropy a token, in nats. */
  readonly loss: number;
  readonly perplexity: number;
  /** Cross-entropy a byte of text, in bits: comparable between tokenizers. */
  readonly bitsPerByte: number;
  /** Tokens that were predicted. */
  readonly tokens: number;
  readonly files: number;
  readonly bytes: number;
  readonly leftOut: Readonly<Record<string, number>>;
  readonly seconds: number;
}
