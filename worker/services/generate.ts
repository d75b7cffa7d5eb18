import { generate } from '../generation/generate.ts';
import type { GenerateRequest, GenerationEvent } from '../protocol/generation.ts';
import { OpenTextModel, type TextModelHooks } from './text-model.ts';

/** Continues a prompt with a model from disk. Throws what opening the model and generating throw. */
export async function* generateText(
  request: GenerateRequest,
  hooks: TextModelHooks = {},
): AsyncGenerator<GenerationEvent, void> {
  const model = await OpenTextModel.open(request, hooks);
  try {
    yield* generate(model.text, request.prompt, { ...request.settings, signal: hooks.signal });
  } finally {
    await model.close();
  }
}
