import { ClozeError, throwIfCancelled } from '../base/errors.ts';
import type { EncoderDescription } from '../protocol/encoder.ts';
import type { TextModelRequest } from '../protocol/generation.ts';
import type { Cancel } from './completion-service.ts';
import { OpenEncoder } from './encoder-model.ts';
import type { EncoderTask } from './encoder-tasks.ts';
import { ModelHolder } from './model-holder.ts';
import { Turns } from './turns.ts';

/**
 * Asks one encoder, which stays open from request to request until another is asked for. Requests have it one after
 * another, as they come. A model whose device fails is closed, and the next request opens it anew.
 */
export class EncoderService {
  readonly #holder = new ModelHolder((request) => OpenEncoder.open(request));
  readonly #turns = new Turns();

  /** Opens a model and says what it is. Throws what opening throws. */
  async open(request: TextModelRequest): Promise<EncoderDescription> {
    return this.#inTurn(undefined, async () => (await this.#holder.get(request)).description);
  }

  /** Opens the model if need be, and answers. Throws what both throw, and `cancelled`. */
  async ask<Request extends TextModelRequest, Result>(
    task: EncoderTask<Request, Result>,
    request: Request,
    { signal }: Cancel = {},
  ): Promise<Result> {
    return this.#inTurn(signal, async () => {
      const { reading } = await this.#holder.get(request);
      return task(reading, request, { signal });
    });
  }

  /** Closes the model once the requests that there are have ended. */
  async close(): Promise<void> {
    await this.#inTurn(undefined, () => this.#holder.close());
  }

  async #inTurn<T>(signal: AbortSignal | undefined, body: () => Promise<T>): Promise<T> {
    const end = await this.#turns.take();
    try {
      throwIfCancelled(signal);
      return await body();
    } catch (error) {
      const isLost = error instanceof ClozeError && error.code === 'provider';
      if (isLost) await this.#holder.close().catch(() => undefined); // the first error says more
      throw error;
    } finally {
      end();
    }
  }
}
