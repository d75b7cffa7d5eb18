/** Looks into models: attention weights, and what stands at a masked place. */
import { resolve } from 'node:path';
import { ClozeError, throwIfCancelled } from '../base/errors.ts';
import { baseOf } from '../checkpoints/peft.ts';
import { lastCheckpoint } from '../inspect/last-checkpoint.ts';
import { type FoundAttention, type InspectedModel, openInspected } from '../inspect/model.ts';
import type { Attention, Prediction } from '../inspect/result.ts';
import type { TextModelRequest } from '../protocol/generation.ts';
import type { AttentionRequest, PredictRequest } from '../protocol/inspect.ts';
import { openDevice } from '../runtime/open-device.ts';
import { parseProvider } from '../runtime/provider.ts';
import { ModelHolder } from './model-holder.ts';
import { modelName, trainedSteps } from './model-name.ts';
import { onDevice } from './run-device.ts';
import type { TextModelHooks } from './text-model.ts';
import { Turns } from './turns.ts';

/** Looks into one model, which stays open from request to request until another is asked for or its files change. */
export class InspectService {
  readonly #holder = new ModelHolder(openInspection);
  /** The base of the adapter that is compared with it. */
  readonly #baseHolder = new ModelHolder(openInspection);
  readonly #turns = new Turns();

  /** Throws `usage`, `provider`, `checkpoint`, `tokenizer`, `model`, `cancelled`. */
  attention(request: AttentionRequest, signal?: AbortSignal): Promise<Attention> {
    return this.#inTurn(signal, async () => {
      const { folder, model } = await this.#open(request);
      const found = await describe(folder, await model.attention(request));
      if (request.difference !== true) return found;
      const { model: base } = await this.#baseHolder.get({ ...request, model: requireBase(folder) });
      return minus((await base.attention(request)).weights, found);
    });
  }

  /** Throws as {@link attention}, and `usage` for a model that predicts no masked tokens or a place that is not there. */
  predictMask(request: PredictRequest, signal?: AbortSignal): Promise<Prediction[]> {
    return this.#inTurn(signal, async () => (await this.#open(request)).model.predict(request));
  }

  /** Closes the model, once the requests that there are have ended. */
  async close(): Promise<void> {
    await this.#inTurn(undefined, () => this.#closeBoth());
  }

  async #inTurn<T>(signal: AbortSignal | undefined, body: () => Promise<T>): Promise<T> {
    const end = await this.#turns.take();
    try {
      throwIfCancelled(signal);
      return await body();
    } catch (error) {
      // a device that has failed fails again: the next request opens another
      if (error instanceof ClozeError && error.code === 'provider')
        await this.#closeBoth().catch(() => undefined);
      throw error;
    } finally {
      end();
    }
  }

  async #closeBoth(): Promise<void> {
    await Promise.all([this.#holder.close(), this.#baseHolder.close()]);
  }

  /** A run under way is looked into at its last checkpoint. */
  #open(request: AttentionRequest): Promise<OpenInspection> {
    return this.#holder.get({ ...request, model: resolve(lastCheckpoint(request.model)) });
  }
}

/** A model on a device of its own. */
interface OpenInspection {
  readonly folder: string;
  readonly model: InspectedModel;
  close(): Promise<void>;
}

async function openInspection({
  model: folder,
  provider = 'auto',
}: TextModelRequest): Promise<OpenInspection> {
  const { device } = await openDevice(parseProvider(provider));
  try {
    return { folder, model: await openInspected(folder, device), close: () => device.close() };
  } catch (error) {
    await device.close();
    throw error;
  }
}

/** Attention weights of one text. Throws as {@link InspectService.attention}. */
export async function inspectAttention(
  request: AttentionRequest,
  { onNote }: Pick<TextModelHooks, 'onNote'> = {},
): Promise<Attention> {
  const folder = resolve(lastCheckpoint(request.model));
  return onDevice(parseProvider(request.provider ?? 'auto'), {}, { onNote }, async (device) => {
    const model = await openInspected(folder, device);
    const found = await describe(folder, await model.attention(request));
    if (request.difference !== true) return found;
    const base = await openInspected(requireBase(folder), device);
    return minus((await base.attention(request)).weights, found);
  });
}

/** Says whose the weights are. */
async function describe(folder: string, found: FoundAttention): Promise<Attention> {
  const base = baseOf(folder);
  return {
    name: modelName(folder),
    folder,
    ...(await trainedSteps(folder)),
    ...(base === undefined ? {} : { base: modelName(base) }),
    ...found,
  };
}

function requireBase(folder: string): string {
  const base = baseOf(folder);
  if (base !== undefined) return base;
  throw new ClozeError('usage', `${folder} is no adapter: there is no base to compare it with`, {
    hint: 'choose an adapter, or a run that trained one',
    details: { folder },
  });
}

/** The base's weights minus an adapter's; their entropies stay the adapter's. */
function minus(base: Float32Array, adapter: Attention): Attention {
  const weights = base.map((weight, i) => weight - adapter.weights[i]!);
  return { ...adapter, weights, difference: true };
}
