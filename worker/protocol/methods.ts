/**
 * What the worker process does for its host: requests with their events and results, over Node's IPC channel with
 * structured clones. The host says hello first.
 */
import * as z from 'zod';
import { ADAPTER_METHODS } from './adapter.ts';
import { COMBINE_METHODS } from './combine.ts';
import { DeviceReportSchema } from './device.ts';
import { ENCODER_METHODS } from './encoder.ts';
import { RunEndSchema, TrainEventSchema } from './events.ts';
import {
  ExportFormatsRequestSchema,
  ExportFormatsSchema,
  ExportRequestSchema,
  ExportResultSchema,
} from './export.ts';
import {
  CompleteRequestSchema,
  CompletionSchema,
  DoneEventSchema,
  GenerateEventSchema,
  GenerateRequestSchema,
  LikelihoodRequestSchema,
  LikelihoodSchema,
  ModelDescriptionSchema,
  TextModelRequestSchema,
} from './generation.ts';
import { ImportEventSchema, ImportRequestSchema, ImportResultSchema } from './import.ts';
import { InfoRequestSchema, ModelInfoSchema } from './info.ts';
import { INSPECT_METHODS } from './inspect.ts';
import { MASKING_METHODS } from './masking.ts';
import { PlanEventSchema, PlanRequestSchema, TrainingPlanSchema } from './plan.ts';
import type { Methods } from './rpc.ts';
import { TOKENIZER_METHODS } from './tokenizer.ts';
import { ResumeRequestSchema, TrainRequestSchema } from './train.ts';

/** Goes up with every change that a host made for the last version would not understand. */
export const PROTOCOL_VERSION = 4;

/** What a process is for: it has one user of ONNX Runtime, so those who train and complete are two. */
export const WORKER_ROLES = ['trainer', 'completer'] as const;

export type WorkerRole = (typeof WORKER_ROLES)[number];

const nothing = z.object({});

export const WORKER_METHODS = {
  /** Refused with `usage` if the versions differ. */
  hello: {
    params: z.object({
      protocol: z.int(),
      /** How far the process gives way to others, from -20 to 19 (nice values, on every platform). */
      priority: z.int().min(-20).max(19).optional(),
    }),
    result: z.object({ protocol: z.int(), version: z.string(), pid: z.int() }),
  },
  /** Answered between two runs of a model. */
  ping: { params: nothing, result: z.null() },
  device: { params: nothing, result: DeviceReportSchema },
  info: { params: InfoRequestSchema, result: ModelInfoSchema },
  /** What a run would take; measures some steps. */
  plan: { params: PlanRequestSchema, result: TrainingPlanSchema, event: PlanEventSchema },
  /** One run at a time, new or resumed. Cancelled, it ends as it is: its last checkpoint stays. */
  train: { params: TrainRequestSchema, result: RunEndSchema, event: TrainEventSchema },
  resume: { params: ResumeRequestSchema, result: RunEndSchema, event: TrainEventSchema },
  /** Asks something of the run under way; whether there is one. `stop` and `save` write a checkpoint. */
  control: {
    params: z.strictObject({ action: z.enum(['pause', 'unpause', 'save', 'stop']) }),
    result: z.boolean(),
  },
  /** Writes a model for other programs from a run's or model's folder. */
  export: { params: ExportRequestSchema, result: ExportResultSchema },
  /** What a model can be written as. */
  exportFormats: { params: ExportFormatsRequestSchema, result: ExportFormatsSchema },
  /** Makes a model folder of one from elsewhere. Cancelled, it keeps what has come for another try. */
  import: { params: ImportRequestSchema, result: ImportResultSchema, event: ImportEventSchema },
  /** Opens a model, which stays open until another is asked for. */
  open: { params: TextModelRequestSchema, result: ModelDescriptionSchema },
  /** The latest wins: the one under way ends, with nothing. */
  complete: { params: CompleteRequestSchema, result: CompletionSchema },
  /** Cancelled, it ends with what there is. */
  generate: { params: GenerateRequestSchema, result: DoneEventSchema, event: GenerateEventSchema },
  /** How well a model foretells a text. */
  likelihood: { params: LikelihoodRequestSchema, result: LikelihoodSchema },
  ...ADAPTER_METHODS,
  ...COMBINE_METHODS,
  ...TOKENIZER_METHODS,
  ...INSPECT_METHODS,
  ...ENCODER_METHODS,
  ...MASKING_METHODS,
} satisfies Methods;

export type WorkerMethods = typeof WORKER_METHODS;
