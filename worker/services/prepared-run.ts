/** What a run trains on, ready: the same to `cloze train` whether it is text or labelled examples. */
import type { ModelConfig } from '../models/config.ts';
import type { AnyTokenizer } from '../tokenizers/tokenizer-json.ts';
import type { LoopParts } from '../training/loop.ts';
import type { Objective } from '../training/objective.ts';
import type { RunFolder, RunRecord } from '../training/record.ts';
import type { RunReport } from '../training/report.ts';
import type { Trainer } from '../training/trainer.ts';

export interface PreparedRun {
  readonly config: ModelConfig;
  readonly tokenizer: AnyTokenizer;
  readonly objective: Objective;
  /** What run.json says about the data. */
  readonly data: RunRecord['data'];
  /** Puts what the run must go on with into its folder, whatever becomes of the files it came from. */
  keep(folder: RunFolder): Promise<void> | void;
  /** What generates samples; undefined where the objective has none. */
  sampler(trainer: Trainer): LoopParts['sample'];
  /** What the trained model is worth on data that nothing was chosen by; undefined where there is none. */
  readonly report?: ((trainer: Trainer) => Promise<RunReport>) | undefined;
  close(): void;
}
