import { resolve } from 'node:path';
import { modelVersion } from '../models/model-folder.ts';
import type { TextModelRequest } from '../protocol/generation.ts';
import { OpenTextModel } from './text-model.ts';

interface Held {
  readonly model: OpenTextModel;
  readonly request: TextModelRequest;
  /** The files that it was read from. */
  readonly version: string | undefined;
}

/** Keeps the model that was asked for last open, and no other. One caller at a time. */
export class ModelHolder {
  #held: Held | undefined;

  /**
   * The model of a request, warmed up. One that is open is closed first if another is asked for, or if its files are
   * no longer those that were read; a folder that is gone changes nothing. Throws what opening and warming up throw;
   * then none is open.
   */
  async get(request: TextModelRequest): Promise<OpenTextModel> {
    const version = modelVersion(request.model);
    const held = this.#held;
    if (held !== undefined && isSameModel(held.request, request)) {
      if (version === undefined || version === held.version) return held.model;
    }
    await this.close();
    const model = await openWarm(request);
    this.#held = { model, request, version };
    return model;
  }

  async close(): Promise<void> {
    const held = this.#held;
    this.#held = undefined;
    await held?.model.close();
  }
}

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

function isSameModel(a: TextModelRequest, b: TextModelRequest): boolean {
  return resolve(a.model) === resolve(b.model) && a.provider === b.provider;
}
