/** What an encoder tells of texts. Places are UTF-16 offsets. */
import * as z from 'zod';

const place = z.int().nonnegative();
const probability = z.number().min(0).max(1.000001);

/** A token that may stand in the place of a mask. */
export const FillingSchema = z.strictObject({
  id: place,
  /** Its entry in the vocabulary. */
  token: z.string(),
  /** What it writes: without the mark of a piece that goes on a word, and without the blank that begins one. */
  text: z.string(),
  /** Whether it is no word, but goes on the one before it. */
  continues: z.boolean(),
  probability,
});
export type Filling = Readonly<z.output<typeof FillingSchema>>;

export const FilledMasksSchema = z.strictObject({
  /** Each mask's place in the text, and what may stand there, the likeliest first. */
  masks: z.array(z.strictObject({ start: place, end: place, fillings: z.array(FillingSchema) })),
  /** The text with the likeliest token in each place. */
  text: z.string(),
});
export type FilledMasks = Readonly<z.output<typeof FilledMasksSchema>>;

export const ClassifiedSchema = z.strictObject({
  label: z.string(),
  probability,
  /** Of all labels, the likeliest first. */
  labels: z.array(z.strictObject({ label: z.string(), probability })),
  /** Tokens at the end of the text that the model has no room for. */
  cut: place,
});
export type Classified = Readonly<z.output<typeof ClassifiedSchema>>;

export const EntitySchema = z.strictObject({
  label: z.string(),
  start: place,
  end: place,
  text: z.string(),
  /** Mean probability of its words' labels. */
  probability,
});
export type Entity = Readonly<z.output<typeof EntitySchema>>;

export const TaggedSchema = z.strictObject({
  entities: z.array(EntitySchema),
  /** Each word with the label as the model gives it, such as B-PER. */
  words: z.array(z.strictObject({ start: place, end: place, label: z.string(), probability })),
});
export type Tagged = Readonly<z.output<typeof TaggedSchema>>;

export const FoundSpanSchema = z.strictObject({
  text: z.string(),
  start: place,
  end: place,
  /** Sum of the logits of its start and its end. */
  score: z.number(),
  /** Its share among the best spans and no answer. */
  probability,
});
export type FoundSpan = Readonly<z.output<typeof FoundSpanSchema>>;

export const AnsweredSchema = z.strictObject({
  /** Left out where the model says that the context has no answer. */
  answer: FoundSpanSchema.optional(),
  /** The best spans, the best first. */
  spans: z.array(FoundSpanSchema),
  noAnswerScore: z.number(),
  noAnswerProbability: probability,
  /** Pieces of the context that were read one by one. */
  windows: place,
});
export type Answered = Readonly<z.output<typeof AnsweredSchema>>;

export const EmbeddedSchema = z.strictObject({
  /** C, numbers of a text. */
  width: place,
  /** [texts, C]. */
  vectors: z.instanceof(Float32Array),
  /** For each text, tokens at its end that the model has no room for. */
  cut: z.array(place),
});
export type Embedded = Readonly<z.output<typeof EmbeddedSchema>>;

export const SimilarTextSchema = z.strictObject({
  /** Which of the texts, from 0. */
  index: place,
  text: z.string(),
  /** Cosine. */
  similarity: z.number(),
});
export type SimilarText = Readonly<z.output<typeof SimilarTextSchema>>;

export const PolysemySchema = z.strictObject({
  /** Where the word stands in each sentence, and its pieces. */
  occurrences: z.array(z.strictObject({ start: place, end: place, tokens: z.array(z.string()) })),
  /** L + 1: the token embedding, which knows no context, then each layer. */
  layers: place,
  /** [L + 1, sentences, sentences]: cosine of the word's hidden states. */
  similarities: z.instanceof(Float32Array),
});
export type Polysemy = Readonly<z.output<typeof PolysemySchema>>;
