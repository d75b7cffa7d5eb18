import { ClozeError, throwIfCancelled } from '../base/errors.ts';
import { cancelledCompletion } from '../generation/completion/complete.ts';
import { generate } from '../generation/generate.ts';
import { tokenLosses } from '../generation/likelihood.ts';
import type {
  CompleteRequest,
  Completion,
  GenerateRequest,
  GenerationEvent,
  Likelihood,
  LikelihoodRequest,
  ModelDescription,
  TextModelRequest,
} from '../protocol/generation.ts';
import { completeWith } from './complete.ts';
import { ModelHolder } from './model-holder.ts';
import { OpenTextModel } from './text-model.ts';
import { Turns } from './turns.ts';

/** Fires when the caller wants no more of a request: it ends within one token. */
export interface Cancel {
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes with one model, which stays open from request to request until another is asked for. Requests have the model
 * one after another, as they come; of completions the latest wins: the one under way ends within a token, and those that
 * still wait end without a look at the model. A completion gives way to a generation too, and waits for its end.
 *
 * A model whose device fails is closed. The next request opens it anew, and 'auto' takes another device if that is gone.
 */
export class CompletionService {
  readonly #holder = new ModelHolder(openWarm);
  readonly #turns = new Turns();
  #latest: AbortController | undefined;

  /** Opens a model and warms it up, so that the first completion is as fast as any. Throws what opening throws. */
  async open(request: TextModelRequest): Promise<ModelDescription> {
    return this.#inTurn(async () => (await this.#holder.get(request)).description);
  }

  /**
   * Opens the model if need be, and completes; cancelled, the completion is empty. The time counts from the arrival of the
   * request, with the wait for others, without the time to open the model. Throws what both throw.
   */
  async complete(request: CompleteRequest, { signal }: Cancel = {}): Promise<Completion> {
    const arrived = performance.now();
    const own = this.#replaceLatest();
    const either = signal === undefined ? own : AbortSignal.any([own, signal]);
    return this.#inTurn(async () => {
      if (either.aborted) return cancelledCompletion(arrived);
      const began = performance.now();
      const model = await this.#holder.get(request);
      const opening = performance.now() - began;
      return completeWith(model, request, { signal: either, arrived: arrived + opening });
    });
  }

  /**
   * Opens the model if need be, and continues a prompt. Whoever begins to read must read on to the end, cancelled or not,
   * or leave the loop. Throws what opening and generating throw, `cancelled` if the signal fires before the first event.
   */
  async *generate(request: GenerateRequest, { signal }: Cancel = {}): AsyncGenerator<GenerationEvent, void> {
    this.#latest?.abort();
    const end = await this.#turns.take();
    try {
      throwIfCancelled(signal);
      const { text } = await this.#holder.get(request);
      yield* generate(text, request.prompt, { ...request.settings, signal });
    } catch (error) {
      await this.#closeAfter(error);
      throw error;
    } finally {
      end();
    }
  }

  /** Opens the model if need be, and measures how well it foretells a text. Throws what opening does, `usage`, `cancelled`. */
  async likelihood(request: LikelihoodRequest, { signal }: Cancel = {}): Promise<Likelihood> {
    this.#latest?.abort();
    return this.#inTurn(async () => {
      throwIfCancelled(signal);
      const { text } = await this.#holder.get(request);
      const tokens = await tokenLosses(text, request.text, signal);
      return { tokens, loss: tokens.reduce((sum, { nats }) => sum + nats, 0) / tokens.length };
    });
  }

  /** Closes the model once the requests that there are have ended; the completion under way is cancelled. */
  async close(): Promise<void> {
    this.#latest?.abort();
    await this.#inTurn(() => this.#holder.close());
  }

  #replaceLatest(): AbortSignal {
    this.#latest?.abort();
    this.#latest = new AbortController();
    return this.#latest.signal;
  }

  async #inTurn<T>(body: () => Promise<T>): Promise<T> {
    const end = await this.#turns.take();
    try {
      return await body();
    } catch (error) {
      await this.#closeAfter(error);
      throw error;
    } finally {
      end();
    }
  }

  /** Closes the model if its device has failed; should that fail too, the first error says more. */
  async #closeAfter(error: unknown): Promise<void> {
    const isLost = error instanceof ClozeError && error.code === 'provider';
    if (isLost) await this.#holder.close().catch(() => undefined);
  }
}

/** A model that has done already what its first request would wait for. */
async function openWarm(request: TextModelRequest): Promise<OpenTextModel> {
  const model = await OpenTextModel.open(request);
  try {
    await model.warmUp();
    return model;
  } catch (error) {
    await model.close().catch(() => undefined); // the first error says more
    throw error;
  }
}
