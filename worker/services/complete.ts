import { complete, type CompletionHooks } from '../generation/completion/complete.ts';
import type { Completion, CompleteRequest } from '../protocol/generation.ts';
import { OpenTextModel, type TextModelHooks } from './text-model.ts';

/** Completes code at a cursor with a model from disk. Throws what opening the model and completing throw. */
export async function completeAt(request: CompleteRequest, hooks: TextModelHooks = {}): Promise<Completion> {
  const model = await OpenTextModel.open(request, hooks);
  try {
    return await completeWith(model, request, hooks);
  } finally {
    await model.close();
  }
}

/** Completes code at a cursor with an open model. */
export function completeWith(
  { text, fimOrder }: OpenTextModel,
  { fim, ...request }: CompleteRequest,
  hooks: CompletionHooks,
): Promise<Completion> {
  const order = fim === true ? (fimOrder ?? 'psm') : fim === false ? undefined : fimOrder;
  return complete(text, { ...request, order }, hooks);
}
