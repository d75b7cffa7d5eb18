/** A question task: what the comment of a function says of its parameters. */
import type { SourceFile } from './eslint-source.ts';

export interface AskedQuestion {
  readonly question: string;
  readonly context: string;
  /** Null where the comment does not say. */
  readonly answer: string | null;
  /** Where the answer begins in the context. */
  readonly answer_start?: number;
}

interface Parameter {
  readonly name: string;
  readonly type: Span;
  readonly meaning: Span;
}

interface Span {
  readonly text: string;
  readonly start: number;
}

const COMMENT = /\/\*\*([^]*?)\*\//g;
const PARAMETER = /@param \{([^{}]+)\} \[?([\w$.]+)[^\]\s]*\]? +([^\n]+)/g;

/**
 * Of each comment with parameters: the type and the meaning of each, and the type of one that another comment has and
 * this one has not.
 */
export function jsdocQuestions(files: readonly SourceFile[]): AskedQuestion[] {
  const comments = files.flatMap(({ text }) =>
    Array.from(text.matchAll(COMMENT), ([, body]) => plain(body!)),
  );
  const known = new Set<string>();
  const questions: AskedQuestion[] = [];
  let before: Parameter | undefined;
  for (const context of comments) {
    const parameters = parametersOf(context);
    if (parameters.length === 0 || known.has(context)) continue;
    known.add(context);
    for (const { name, type, meaning } of parameters) {
      questions.push(answered(`What type is ${name}?`, context, type));
      questions.push(answered(`What is ${name}?`, context, meaning));
    }
    if (before !== undefined && !context.includes(before.name)) {
      questions.push({ question: `What type is ${before.name}?`, context, answer: null });
    }
    before = parameters[0];
  }
  return questions;
}

/** The comment's lines without their stars. */
function plain(comment: string): string {
  return comment
    .split('\n')
    .map((line) => line.replace(/^\s*\*? ?/, '').trimEnd())
    .join('\n')
    .trim();
}

function parametersOf(context: string): Parameter[] {
  return Array.from(context.matchAll(PARAMETER), (match) => {
    const [whole, type, name, meaning] = match as unknown as [string, string, string, string];
    const at = match.index;
    return {
      name,
      type: { text: type, start: at + '@param {'.length },
      meaning: { text: meaning.trimEnd(), start: at + whole.length - meaning.length },
    };
  });
}

function answered(question: string, context: string, { text, start }: Span): AskedQuestion {
  return { question, context, answer: text, answer_start: start };
}
