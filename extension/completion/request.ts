/** What the worker is asked, and what its answer means here. */
import type { CompleteRequest, Completion, WeightPrecision } from '../../worker/protocol/generation.ts';
import type { Answer } from './continuation.ts';
import type { Snapshot } from './snapshot.ts';

/** How a document is to be completed. */
export interface CompletionOptions {
  /** Line ends of the document. */
  readonly eol: '\n' | '\r\n';
  /** One level of indentation, where the editor knows it. */
  readonly indent: string | undefined;
  readonly lines: 'auto' | 'single' | 'multi';
  /** Whether the model is shown what follows, if it has learned to fill in the middle. */
  readonly fim: boolean;
  /** What the model's weights are held in; undefined: as is usual for it. */
  readonly weights: WeightPrecision | undefined;
  readonly maxTokens: number;
  readonly budgetMs: number;
  readonly neighbours: () => string[];
}

/** Someone who asks for a completion waits longer than someone who types. */
const PATIENCE = 5;

export function completeRequest(
  model: string,
  { prefix, suffix }: Snapshot,
  { indent, lines, fim, weights, maxTokens, budgetMs, neighbours }: CompletionOptions,
  automatic: boolean,
): CompleteRequest {
  return {
    model,
    prefix,
    suffix,
    neighbours: neighbours(),
    ...(indent === undefined ? {} : { indent }),
    lines,
    ...(fim ? {} : { fim }),
    ...(weights === undefined ? {} : { weights }),
    budgetMs: automatic ? budgetMs : PATIENCE * budgetMs,
    settings: { maxTokens },
  };
}

/** The answer with the document's line ends; undefined where the model did not come to an end of its own. */
export function answerOf({ text, replace, nothing, reason }: Completion, eol: string): Answer | undefined {
  if (reason === 'cancelled' || (reason === 'budget' && text === '')) return undefined;
  return { text: text.replaceAll(/\r?\n/g, eol), replace, nothing };
}

/** For "Why No Completion?": what the model did, in numbers. */
export function workOf(completion: Completion): string {
  const { promptTokens, reused, prefillMs, tokens, runs, totalMs, reason } = completion;
  return (
    `the model read ${promptTokens - reused} of ${promptTokens} tokens in ${prefillMs.toFixed(0)} ms, ` +
    `chose ${tokens} in ${runs} runs, ${totalMs.toFixed(0)} ms in all, and ended by: ${reason}`
  );
}
