/** What an encoder (BERT, RoBERTa) is asked: masks, labels, entities, answers, vectors. */
import * as z from 'zod';
import {
  AnsweredSchema,
  ClassifiedSchema,
  EmbeddedSchema,
  FilledMasksSchema,
  PolysemySchema,
  SimilarTextSchema,
  TaggedSchema,
} from '../encoding/results.ts';
import { TextModelRequestSchema } from './generation.ts';
import type { Methods } from './rpc.ts';

export { PolysemySchema };
export type {
  Answered,
  Classified,
  Embedded,
  Entity,
  FilledMasks,
  Filling,
  FoundSpan,
  Polysemy,
  SimilarText,
  Tagged,
} from '../encoding/results.ts';

const top = z.int().min(1).max(100);
const pooling = z.enum(['cls', 'mean']);
const text = z.string();

export const FillMaskRequestSchema = TextModelRequestSchema.extend({
  /** With [MASK] or <mask> in one place or more. */
  text,
  /** Fillings of each mask; default 5. */
  top: top.optional(),
});
export type FillMaskRequest = Readonly<z.output<typeof FillMaskRequestSchema>>;

export const ClassifyRequestSchema = TextModelRequestSchema.extend({
  /** `pair` is a second text that is judged together with the first. */
  texts: z.array(z.strictObject({ text, pair: text.optional() })),
});
export type ClassifyRequest = Readonly<z.output<typeof ClassifyRequestSchema>>;

export const TagRequestSchema = TextModelRequestSchema.extend({
  /** A text, or its words; places are then those in the words with one blank between two. */
  text: z.union([text, z.array(z.string())]),
});
export type TagRequest = Readonly<z.output<typeof TagRequestSchema>>;

export const AnswerRequestSchema = TextModelRequestSchema.extend({
  question: text,
  /** The text that the answer is a piece of, of any length. */
  context: text,
  /** Spans to tell of; default 5. */
  top: top.optional(),
  /** Tokens of an answer at most; default 30. */
  maxAnswer: z.int().positive().optional(),
  /** No answer is given if it scores higher than the best span by more than this; default 0. */
  threshold: z.number().optional(),
  /** Tokens from one window of a long context to the next; default 128, or half of what the model sees. */
  stride: z.int().positive().optional(),
});
export type AnswerRequest = Readonly<z.output<typeof AnswerRequestSchema>>;

export const EmbedRequestSchema = TextModelRequestSchema.extend({
  texts: z.array(text),
  /** The first token's hidden state, or the mean over all (default). */
  pooling: pooling.optional(),
  /** Whether each vector is given the length 1; default false. */
  normalize: z.boolean().optional(),
});
export type EmbedRequest = Readonly<z.output<typeof EmbedRequestSchema>>;

export const SimilarRequestSchema = TextModelRequestSchema.extend({
  query: text,
  texts: z.array(text),
  pooling: pooling.optional(),
  /** How many of the texts; default all. */
  top: z.int().positive().optional(),
});
export type SimilarRequest = Readonly<z.output<typeof SimilarRequestSchema>>;

export const PolysemyRequestSchema = TextModelRequestSchema.extend({
  word: text,
  /** Each with the word in it. */
  sentences: z.array(text),
});
export type PolysemyRequest = Readonly<z.output<typeof PolysemyRequestSchema>>;

export const EncoderDescriptionSchema = z.strictObject({
  /** The folder that was read: of a run, the checkpoint's. */
  folder: z.string(),
  /** The folder's name; of a run's checkpoint the run's. */
  name: z.string(),
  /** 'bert', 'roberta' or 'distilbert'. */
  kind: z.string(),
  /** What it has learned: 'none', 'mlm', 'mlm+nsp', 'classify', 'tag' or 'answer'. */
  head: z.string(),
  /** The classes of 'classify' and 'tag'. */
  labels: z.array(z.string()),
  parameters: z.int(),
  /** Tokens that the model sees at once. */
  context: z.int(),
  /** What it computes on. */
  provider: z.string(),
  /** What is worth knowing and stops nothing. */
  notes: z.array(z.string()),
});
export type EncoderDescription = Readonly<z.output<typeof EncoderDescriptionSchema>>;

/** Cancelled, each ends between two batches with `cancelled`. The model stays open until another is asked for. */
export const ENCODER_METHODS = {
  openEncoder: { params: TextModelRequestSchema, result: EncoderDescriptionSchema },
  fillMask: { params: FillMaskRequestSchema, result: FilledMasksSchema },
  classify: { params: ClassifyRequestSchema, result: z.array(ClassifiedSchema) },
  tag: { params: TagRequestSchema, result: TaggedSchema },
  answer: { params: AnswerRequestSchema, result: AnsweredSchema },
  embed: { params: EmbedRequestSchema, result: EmbeddedSchema },
  similar: { params: SimilarRequestSchema, result: z.array(SimilarTextSchema) },
  polysemy: { params: PolysemyRequestSchema, result: PolysemySchema },
} satisfies Methods;
