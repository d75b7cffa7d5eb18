import * as z from 'zod';
import { checked } from '../../base/checked.ts';
import { ClozeError } from '../../base/errors.ts';
import type { Answer, QuestionExample } from './examples.ts';
import { jsonLines } from './jsonl.ts';
import { parseJson } from './read-text.ts';

const AnswerSchema = z.looseObject({ text: z.string().min(1), answer_start: z.int().nonnegative() });

const SquadSchema = z.looseObject({
  data: z.array(
    z.looseObject({
      paragraphs: z.array(
        z.looseObject({
          context: z.string(),
          qas: z.array(
            z.looseObject({
              id: z.union([z.string(), z.int()]).transform(String),
              question: z.string(),
              answers: z.array(AnswerSchema).default([]),
              is_impossible: z.boolean().default(false),
            }),
          ),
        }),
      ),
    }),
  ),
});

const LineSchema = z
  .looseObject({
    id: z.union([z.string(), z.int()]).transform(String).optional(),
    question: z.string(),
    context: z.string(),
    answers: z
      .looseObject({ text: z.array(z.string().min(1)), answer_start: z.array(z.int().nonnegative()) })
      .optional(),
    answer: z.string().nullable().optional(),
    answer_start: z.int().nonnegative().optional(),
  })
  .refine(({ answers }) => answers === undefined || answers.text.length === answers.answer_start.length, {
    error: 'expected an answer_start for each text in answers',
  });
type Line = z.infer<typeof LineSchema>;

const LINE = {
  schema: LineSchema,
  fields: Object.keys(LineSchema.shape),
  example:
    '{"question": "...", "context": "...", "answers": {"text": ["..."], "answer_start": [0]}}, or with one "answer"',
};

/** An answer as a file gives it: `start` in code points, as Python counts, or unknown. */
interface GivenAnswer {
  readonly text: string;
  readonly start: number | undefined;
}

/**
 * SQuAD's JSON, version 1.1 (Rajpurkar et al. 2016) or 2.0 with `is_impossible` (2018). Throws `data` with the field
 * that is wrong, or the id of a question whose answer is not where it should be in its context.
 */
export function questionsFromSquad(text: string, path: string): QuestionExample[] {
  const { data } = checked(parseJson(text, path), SquadSchema, path, 'data');
  return data.flatMap(({ paragraphs }) =>
    paragraphs.flatMap(({ context, qas }) =>
      qas.map(({ id, question, answers, is_impossible }) => {
        const where = `${path}, question ${id}`;
        const given = is_impossible
          ? []
          : answers.map(({ text, answer_start }) => ({ text, start: answer_start }));
        return { id, question, context, answers: placedAnswers(given, context, where), where };
      }),
    ),
  );
}

/**
 * Lines `{"question", "context", "answers": {"text": [...], "answer_start": [...]}}`, as the data sets library of
 * Hugging Face writes SQuAD, or with one `"answer"`, whose `"answer_start"` may be left out where it stands once.
 * Throws `data` with file and line.
 */
export function questionsFromJsonl(text: string, path: string): QuestionExample[] {
  return Array.from(jsonLines(text, LINE, path), ({ where, value }) => {
    const { question, context, id = where } = value;
    const place = value.id === undefined ? where : `${where}, question ${value.id}`;
    return { id, question, context, answers: placedAnswers(givenAnswers(value), context, place), where };
  });
}

function givenAnswers({ answers, answer, answer_start }: Line): GivenAnswer[] {
  if (answers !== undefined) return answers.text.map((text, i) => ({ text, start: answers.answer_start[i] }));
  return answer === undefined || answer === null || answer === ''
    ? []
    : [{ text: answer, start: answer_start }];
}

function placedAnswers(given: readonly GivenAnswer[], context: string, where: string): Answer[] {
  return given.map((answer) => ({ text: answer.text, start: placed(answer, context, where) }));
}

function placed({ text, start }: GivenAnswer, context: string, where: string): number {
  const places = occurrences(text, context);
  if (places.length === 0) {
    throw notThere(where, `the answer ${quoted(text)} is not in its context`, { text });
  }
  if (start === undefined) {
    if (places.length === 1) return places[0]!;
    throw notThere(where, `the answer ${quoted(text)} is ${places.length} times in its context`, {
      text,
      places,
    });
  }
  // files written elsewhere than in Python may count in UTF-16 units, as we do
  const found = [fromCodePoints(context, start), start].find((place) => places.includes(place));
  if (found !== undefined) return found;
  const nearest = places.reduce((best, place) =>
    Math.abs(place - start) < Math.abs(best - start) ? place : best,
  );
  throw notThere(
    where,
    `the answer ${quoted(text)} is not at ${start} of its context; the nearest place where it is is ${toCodePoints(context, nearest)}`,
    { text, start, nearest: toCodePoints(context, nearest) },
  );
}

/** All places of a text in another, those that overlap as well. */
function occurrences(text: string, context: string): number[] {
  const places: number[] = [];
  for (let at = context.indexOf(text); at >= 0; at = context.indexOf(text, at + 1)) places.push(at);
  return places;
}

/** An offset in code points as one in UTF-16 units. */
function fromCodePoints(text: string, offset: number): number {
  let at = 0;
  for (let i = 0; i < offset && at < text.length; i++) at += text.codePointAt(at)! > 0xffff ? 2 : 1;
  return at;
}

function toCodePoints(text: string, offset: number): number {
  return Array.from(text.slice(0, offset)).length;
}

const quoted = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}...` : text);

function notThere(where: string, what: string, details: Record<string, unknown>): ClozeError {
  return new ClozeError('data', `${where}: ${what}`, {
    hint: 'answer_start counts characters from 0, in the context as it is written',
    details: { where, ...details },
  });
}
