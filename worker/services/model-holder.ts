import { resolve } from 'node:path';
import { modelVersion } from '../models/model-folder.ts';
import type { TextModelRequest } from '../protocol/generation.ts';

/** What can be held. */
export interface Holdable {
  /** Becomes the model of another request if that takes no more than a moment; else returns false. */
  become?(request: TextModelRequest): Promise<boolean>;
  close(): Promise<void>;
}

interface Held<Model> {
  readonly model: Model;
  readonly request: TextModelRequest;
  /** The files that it was read from. */
  readonly version: string | undefined;
}

/** Keeps the model that was asked for last open, and no other. One caller at a time. */
export class ModelHolder<Model extends Holdable> {
  readonly #open: (request: TextModelRequest) => Promise<Model>;
  #held: Held<Model> | undefined;

  constructor(open: (request: TextModelRequest) => Promise<Model>) {
    this.#open = open;
  }

  /**
   * The model of a request. One that is open becomes another that is asked for, if it can, or else is closed first; so it is
   * if its files are no longer those that were read. A folder that is gone changes nothing. Throws what opening throws; then
   * none is open.
   */
  async get(request: TextModelRequest): Promise<Model> {
    const version = modelVersion(request.model);
    const held = this.#held;
    if (held !== undefined && isSameModel(held.request, request)) {
      if (version === undefined || version === held.version) return held.model;
    }
    // who asked for room for adapters wants it as well where something else asks for the model
    const { beside = held?.request.beside } = request;
    const whole = beside === undefined ? request : { ...request, beside };
    const model = (await this.#becoming(whole)) ?? (await this.#openAnew(whole));
    this.#held = { model, request: whole, version };
    return model;
  }

  async #becoming(request: TextModelRequest): Promise<Model | undefined> {
    const held = this.#held;
    if (held?.model.become === undefined || !isOpenedAlike(held.request, request)) return undefined;
    try {
      return (await held.model.become(request)) ? held.model : undefined;
    } catch (error) {
      await this.close().catch(() => undefined); // the first error says more
      throw error;
    }
  }

  async #openAnew(request: TextModelRequest): Promise<Model> {
    await this.close();
    return this.#open(request);
  }

  async close(): Promise<void> {
    const held = this.#held;
    this.#held = undefined;
    await held?.model.close();
  }
}

function isSameModel(a: TextModelRequest, b: TextModelRequest): boolean {
  return resolve(a.model) === resolve(b.model) && isOpenedAlike(a, b);
}

function isOpenedAlike(a: TextModelRequest, b: TextModelRequest): boolean {
  return a.provider === b.provider && a.weights === b.weights;
}
