import { generate } from '../generation/generate.ts';
import type { GenerateRequest, GenerationEvent } from '../protocol/generation.ts';
import { OpenTextModel } from './text-model.ts';

/** Continues a prompt with a model from disk. Throws what opening the model and generating throw. */
export async function* generateText(
  request: GenerateRequest,
  signal?: AbortSignal,
): AsyncGenerator<GenerationEvent, void> {
  const model = await OpenTextModel.open(request);
  try {
    yield* generate(model.text, request.prompt, { ...request.settings, signal });
  } finally {
    await model.close();
  }
}
