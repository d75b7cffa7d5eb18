import type { GenerationEvent, GenerationSettings } from '../generation/generate.ts';
import type { Completion } from '../generation/complete.ts';

export type { Completion, GenerationEvent };

/** Which model is to write, and where. */
export interface TextModelRequest {
  /** A model folder, or a run folder: then its best checkpoint. */
  readonly model: string;
  /** Default 'auto'. */
  readonly provider?: string | undefined;
}

export interface GenerateRequest extends TextModelRequest {
  readonly prompt: string;
  /** Fields that are left out have their defaults. */
  readonly settings?: Partial<GenerationSettings> | undefined;
}

export interface CompleteRequest extends TextModelRequest {
  /** The text that holds the cursor. */
  readonly text: string;
  /** Of the cursor, both from 1; the column in UTF-16 units, as editors count. */
  readonly line: number;
  readonly column: number;
  /** Whether to show the model what follows the cursor; default: if it was trained to fill in the middle. */
  readonly fim?: boolean | undefined;
  /** How far the completion goes; 'auto' (default) decides by where the cursor stands. */
  readonly lines?: 'auto' | 'single' | 'multi' | undefined;
  readonly settings?: Partial<GenerationSettings> | undefined;
}
