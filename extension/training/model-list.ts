/** Models that can be used: of runs that have a checkpoint, and folders that the user has added. */
import { basename } from 'node:path';
import * as z from 'zod';
import { isEncoder, modelVersion, readModel } from '../../worker/protocol/models.ts';
import type { EncoderHead } from '../../worker/protocol/objectives.ts';
import type { Disposable } from '../platform/disposable.ts';
import { Emitter } from './emitter.ts';
import type { RunStore } from './run-store.ts';
import { isIn } from './run-status.ts';
import type { Memento } from './session-memory.ts';
import type { StoredRun } from './stored-run.ts';

export interface ListedModel {
  /** A run folder, or a model folder. */
  readonly path: string;
  readonly name: string;
  readonly kind: 'run' | 'folder';
  /** The family of architectures, such as 'gpt2' or 'bert'; empty where that can not be read. */
  readonly layout: string;
  /** What an encoder predicts; a decoder, which completes, has none. */
  readonly head: EncoderHead | undefined;
  readonly parameters: number;
  readonly context: number;
  /** Of the best checkpoint of a run. */
  readonly valLoss: number | undefined;
  /** Whether it has learned to fill in the middle; of a folder from elsewhere that is not known. */
  readonly fillsIn: boolean | undefined;
  readonly inUse: boolean;
  /** Why it can not be used. */
  readonly problem: string | undefined;
}

const KEY = 'cloze.models';
const FoldersSchema = z.array(z.string());

type Read = Pick<ListedModel, 'layout' | 'head' | 'parameters' | 'context' | 'problem'>;

export class ModelList implements Disposable {
  readonly #store: RunStore;
  readonly #memento: Memento;
  readonly #choice: { readonly path: string | undefined };
  readonly #cache = new Map<string, { readonly version: string | undefined; readonly read: Read }>();
  readonly #change = new Emitter<undefined>();
  readonly #subscription: Disposable;
  /** What the listeners know. */
  #told: string;
  /** Models have come, gone or changed, or another is in use. */
  readonly onDidChange = this.#change.event;

  /** `memento` is shared by all windows. */
  constructor(store: RunStore, memento: Memento, choice: { readonly path: string | undefined }) {
    this.#store = store;
    this.#memento = memento;
    this.#choice = choice;
    this.#subscription = store.onDidChange(() => this.#check());
    this.#told = this.#look;
  }

  /** Without a look into the folders. */
  get isEmpty(): boolean {
    return this.#runs.length === 0 && this.#folders.length === 0;
  }

  /** Runs first, the newest at the top. */
  get models(): readonly ListedModel[] {
    return [
      ...this.#runs.map(({ path, name, best, record }): ListedModel => {
        const listed = this.#listed(path, name, 'run');
        const writes = record !== undefined && listed.head === undefined;
        const fillsIn = writes ? record.training.fimRate > 0 : undefined;
        return { ...listed, valLoss: best?.valLoss, fillsIn };
      }),
      ...this.#folders
        .filter((path) => !this.#isRun(path)) // added in a window whose runs are others; a path is there once
        .map((path) => this.#listed(path, basename(path), 'folder')),
    ];
  }

  /** Lists a folder that is not there as a run. Throws `usage`, `checkpoint` for one that holds no model. */
  async add(path: string): Promise<void> {
    readModel(path);
    if (this.#isRun(path)) return;
    await this.#memento.update(KEY, [...this.#folders.filter((each) => each !== path), path]);
    this.#check();
  }

  /** Its files stay. */
  async remove(path: string): Promise<void> {
    await this.#memento.update(
      KEY,
      this.#folders.filter((each) => each !== path),
    );
    this.#check();
  }

  dispose(): void {
    this.#subscription.dispose();
  }

  /** The store tells of every step of a run, which is nothing new here. */
  #check(): void {
    const look = this.#look;
    if (look === this.#told) return;
    this.#told = look;
    this.#change.fire(undefined);
  }

  get #look(): string {
    const all = this.models.map(({ path, inUse, problem }) => [path, modelVersion(path), inUse, problem]);
    return JSON.stringify(all);
  }

  get #runs(): readonly StoredRun[] {
    return this.#store.runs.filter(({ checkpoints }) => checkpoints.length > 0);
  }

  get #folders(): readonly string[] {
    return FoldersSchema.safeParse(this.#memento.get(KEY)).data ?? [];
  }

  #isRun(path: string): boolean {
    return this.#runs.some((run) => run.path === path);
  }

  #listed(path: string, name: string, kind: ListedModel['kind']): ListedModel {
    const inUse = isIn(this.#choice.path, path);
    return { path, name, kind, inUse, valLoss: undefined, fillsIn: undefined, ...this.#read(path) };
  }

  #read(path: string): Read {
    const version = modelVersion(path);
    const cached = this.#cache.get(path);
    if (cached !== undefined && cached.version === version) return cached.read;
    const read = tryRead(path);
    this.#cache.set(path, { version, read });
    return read;
  }
}

function tryRead(path: string): Read {
  try {
    const { parameters, config } = readModel(path);
    const { layout, context } = config;
    const head = isEncoder(config) ? config.head : undefined;
    return { layout, head, parameters, context, problem: undefined };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return { layout: '', head: undefined, parameters: 0, context: 0, problem };
  }
}
