import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { complete } from '../generation/complete.ts';
import { offsetAt } from '../generation/completion-prompt.ts';
import type { CompleteRequest, Completion } from '../protocol/generation.ts';
import { SPECIAL, type Tokenizer } from '../tokenizers/tokenizer.ts';
import { RunFolder } from '../training/record.ts';
import { OpenTextModel, type TextModelHooks } from './text-model.ts';

/** Completes code at a cursor with a model from disk. Throws `usage` for a place outside the text, and as generating does. */
export async function completeAt(request: CompleteRequest, hooks: TextModelHooks = {}): Promise<Completion> {
  const { text, line, column, lines, settings } = request;
  const offset = offsetAt(text, line, column);
  const model = await OpenTextModel.open(request, hooks);
  try {
    const fim = request.fim ?? (await fillsMiddle(request.model, model.text.tokenizer));
    return await complete(model.text, { text, offset }, { fim, lines, ...settings, signal: hooks.signal });
  } finally {
    await model.close();
  }
}

/** Whether the model has learned to fill in the middle: its run says so, of any other model its tokens do. */
async function fillsMiddle(folder: string, tokenizer: Tokenizer): Promise<boolean> {
  const runs = [folder, join(folder, '..', '..')].map((path) => new RunFolder(path));
  const run = runs.find(({ recordPath }) => existsSync(recordPath));
  if (run !== undefined) return (await run.readRecord()).training.fimRate > 0;
  return [SPECIAL.fimPrefix, SPECIAL.fimMiddle, SPECIAL.fimSuffix].every((token) =>
    tokenizer.specialTokens.has(token),
  );
}
