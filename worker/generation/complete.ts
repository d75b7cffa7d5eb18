/** Code at the cursor. */
import { completionPrompt, type Cursor } from './completion-prompt.ts';
import { type DoneEvent, generate, type GenerationOptions, promptRoom, type TextModel } from './generate.ts';

export interface CompletionOptions extends Omit<GenerationOptions, 'begin'> {
  /** Whether the model was trained to fill in the middle: then it is shown the text after the cursor as well. */
  readonly fim: boolean;
  /** How far the completion goes; 'auto' (default) decides by where the cursor stands. */
  readonly lines?: 'auto' | 'single' | 'multi';
}

export interface Completion extends DoneEvent {
  /** Tokens that the model was shown, and how many of them were in the cache from before. */
  readonly promptTokens: number;
  readonly reused: number;
  readonly prefillMs: number;
  /** Whether the text before the cursor was too long to be shown whole. */
  readonly cut: boolean;
}

/**
 * The text that the model would put at the cursor, without white space at its end. A single line ends at the first
 * line break; several lines end at a blank one. Reports a cancelled completion with what there is of it.
 */
export async function complete(
  model: TextModel,
  cursor: Cursor,
  { fim, lines = 'auto', maxTokens = 64, stop = [], ...options }: CompletionOptions,
): Promise<Completion> {
  const several = lines === 'auto' ? mayBranchOut(cursor) : lines === 'multi';
  const budget = promptRoom(model.decoder.capacity, maxTokens);
  const { tokens, begin, cut } = completionPrompt(model.tokenizer, cursor, { fim, budget });
  const events = generate(model, tokens, {
    ...options,
    maxTokens,
    begin,
    stop: [...stop, ...(several ? ['\n\n', '\n\r\n'] : ['\n'])],
  });
  let shown = { promptTokens: tokens.length, reused: 0, prefillMs: 0 };
  let done: DoneEvent | undefined;
  for await (const event of events) {
    if (event.type === 'prompt') {
      shown = { promptTokens: event.tokens, reused: event.reused, prefillMs: event.prefillMs };
    } else if (event.type === 'done') {
      done = event;
    }
  }
  return { ...done!, ...shown, cut, text: done!.text.trimEnd() };
}

/** Whether several lines fit here: at the end of a line that is blank or opens a block. */
function mayBranchOut({ text, offset }: Cursor): boolean {
  const before = text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset);
  const end = text.indexOf('\n', offset);
  const after = text.slice(offset, end < 0 ? undefined : end);
  return after.trim() === '' && /^\s*$|[{([:]\s*$|=>\s*$/.test(before);
}
