/**
 * What the worker process and its host say to each other, over Node's IPC channel with structured clones. The host says
 * hello first; then each request has an id of the host's choice, and its answers carry it: any number of events, and
 * one result or error at the end.
 */
import { z } from 'zod';
import { GenerationSchema } from '../generation/generate.ts';
import type { CompleteRequest, Completion, GenerateRequest, GenerationEvent } from './generation.ts';
import type { DeviceReport } from './device.ts';
import type { RunEvent, RunEventOf } from './events.ts';
import type { InfoRequest, ModelInfo } from './info.ts';
import type { TokenizeRequest, TokenizeResult } from './tokenizer.ts';
import type { PrepareProgress, ResumeRequest, TrainRequest } from './train.ts';

/** Goes up with every change that a host made for the last version would not understand. */
export const PROTOCOL_VERSION = 1;

const id = z.int().nonnegative();

export const HostMessageSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('hello'), protocol: z.int() }),
  z.strictObject({ type: z.literal('request'), id, method: z.string(), params: z.unknown() }),
  /** To a run: pause and unpause it, save a checkpoint, or stop with one. */
  z.strictObject({
    type: z.literal('control'),
    id,
    control: z.enum(['pause', 'unpause', 'save', 'stop']),
  }),
  /** Ends a request as it is, with the error `cancelled`, or a text that is being generated with what there is. */
  z.strictObject({ type: z.literal('cancel'), id }),
]);

const error = z.object({ code: z.string(), message: z.string(), hint: z.string().optional() });

export const WorkerMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('hello'), protocol: z.int(), version: z.string() }),
  z.object({ type: z.literal('result'), id, result: z.unknown() }),
  /** Without an id: about a message that was no request. */
  z.object({ type: z.literal('error'), id: id.optional(), error }),
  z.object({ type: z.literal('event'), id, event: z.unknown() }),
]);

export type HostMessage = z.infer<typeof HostMessageSchema>;
export type WorkerMessage = z.infer<typeof WorkerMessageSchema>;

interface Note {
  /** Something worth knowing that stops nothing. */
  readonly note: string;
}

interface Preparation {
  readonly progress: PrepareProgress;
}

type Training = RunEvent | Preparation | Note;

/** Every method: what it takes, what it gives, and what it tells on the way. */
export interface Methods {
  readonly device: { params: Record<string, never>; result: DeviceReport; event: never };
  readonly info: { params: InfoRequest; result: ModelInfo; event: never };
  readonly tokenize: { params: TokenizeRequest; result: TokenizeResult; event: never };
  readonly generate: {
    params: GenerateRequest;
    result: Extract<GenerationEvent, { type: 'done' }>;
    event: GenerationEvent | Note;
  };
  readonly complete: { params: CompleteRequest; result: Completion; event: Note };
  readonly train: { params: TrainRequest; result: RunEventOf<'done'>; event: Training };
  readonly resume: { params: ResumeRequest; result: RunEventOf<'done'>; event: Training };
}

export type Method = keyof Methods;

const count = z.int().positive().optional();
const provider = z.string().optional();
const values = z.record(z.string(), z.unknown());
const settings = z.strictObject({ model: values, training: values }).optional();
const generation = GenerationSchema.partial().optional();

/** The params of every method. */
export const ParamsSchemas: { readonly [M in Method]: z.ZodType<Methods[M]['params']> } = {
  device: z.strictObject({}),
  info: z.strictObject({ model: z.string(), settings, batch: count, context: count }),
  tokenize: z.strictObject({ tokenizer: z.string(), text: z.string(), explain: z.boolean() }),
  generate: z.strictObject({ model: z.string(), provider, prompt: z.string(), settings: generation }),
  complete: z.strictObject({
    model: z.string(),
    provider,
    text: z.string(),
    line: z.int(),
    column: z.int(),
    fim: z.boolean().optional(),
    lines: z.enum(['auto', 'single', 'multi']).optional(),
    settings: generation,
  }),
  train: z.strictObject({
    data: z.array(z.string()),
    model: z.string(),
    tokenizer: z.string().optional(),
    out: z.string(),
    provider,
    threads: count,
    profile: z.boolean().optional(),
    settings,
  }),
  resume: z.strictObject({ run: z.string(), provider }),
};
