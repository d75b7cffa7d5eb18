/** Code at the cursor. */
import type * as z from 'zod';
import { checked } from '../../base/checked.ts';
import type { DoneEvent } from '../events.ts';
import { generate, promptRoom, type TextModel } from '../generate.ts';
import { CompletionSettingsSchema } from '../settings.ts';
import { type PlaceInput, placeOf } from './place.ts';
import { completionPrompt, type FimOrder } from './prompt.ts';
import type { Completion, CompletionReason } from './result.ts';
import { StopFilter } from './stop-filter.ts';
import { trimCompletion } from './trim.ts';

export interface CompletionInput extends PlaceInput {
  /** Pieces of other files to show the model first, the oldest first. */
  readonly neighbours?: readonly string[] | undefined;
  /** How the model was trained to fill in the middle: then it is shown the text after the cursor as well. */
  readonly order?: FimOrder | undefined;
  readonly settings?: z.input<typeof CompletionSettingsSchema> | undefined;
  /** Ms after `arrived` that it may take. */
  readonly budgetMs?: number | undefined;
}

export interface CompletionHooks {
  /** Fired: the completion ends within one token. */
  readonly signal?: AbortSignal | undefined;
  /** When the request came, as performance.now() says it; default now. */
  readonly arrived?: number | undefined;
}

/**
 * What the model would put at the cursor, ended by the rules (rules.ts) and made fit to be shown (trim.ts). What ends
 * early says so: a cancelled completion is empty, one that is out of time has its whole lines or words. Throws
 * `tokenizer` where `order` needs tokens that there are not, and what {@link generate} throws.
 */
export async function complete(
  model: TextModel,
  { neighbours = [], order, budgetMs, ...around }: CompletionInput,
  { signal, arrived = performance.now() }: CompletionHooks = {},
): Promise<Completion> {
  const settings = checked(around.settings ?? {}, CompletionSettingsSchema, 'completion settings', 'usage');
  const budget = promptRoom(model.decoder.capacity, settings.maxTokens);
  const prompt = completionPrompt(model.tokenizer, { ...around, neighbours }, { order, budget });
  const place = placeOf(around);
  const filter = new StopFilter(place);
  const outOfTime = budgetMs === undefined ? undefined : timer(budgetMs - (performance.now() - arrived));
  const stopper = new AbortController();
  const events = generate(model, prompt.tokens, {
    ...settings,
    begin: prompt.begin,
    signal: anyOf(signal, outOfTime, stopper.signal),
  });
  let shown = { reused: 0, prefillMs: 0 };
  let done: DoneEvent | undefined;
  for await (const event of events) {
    if (event.type === 'prompt') shown = { reused: event.reused, prefillMs: event.prefillMs };
    else if (event.type === 'done') done = event;
    else if (filter.push(event.text)) stopper.abort();
  }
  const { reason: ending, tokens, runs } = done!;
  if (ending === 'end' || ending === 'stop') filter.end();
  const isOutOfTime = ending === 'cancelled' && signal?.aborted !== true;
  const reason: CompletionReason = filter.rule ?? (isOutOfTime ? 'budget' : ending);
  return {
    ...trimCompletion(filter.text, reason, place),
    reason,
    promptTokens: prompt.tokens.length,
    ...shown,
    totalMs: performance.now() - arrived,
    tokens,
    runs,
    cut: prompt.cut,
  };
}

/** A completion that was cancelled before it began. */
export function cancelledCompletion(arrived: number): Completion {
  const none = { promptTokens: 0, reused: 0, prefillMs: 0, tokens: 0, runs: 0, cut: false };
  const totalMs = performance.now() - arrived;
  return { text: '', replace: 0, reason: 'cancelled', nothing: 'cancelled', ...none, totalMs };
}

function timer(ms: number): AbortSignal {
  return ms > 0 ? AbortSignal.timeout(Math.ceil(ms)) : AbortSignal.abort();
}

function anyOf(...signals: readonly (AbortSignal | undefined)[]): AbortSignal {
  return AbortSignal.any(signals.filter((signal) => signal !== undefined));
}
