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
  /** The folder that its weights are read from. */
  readonly folder: string;
  /** Of an adapter: the folder of the model that it is added to. */
  readonly base: string | undefined;
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

/** A model and its adapters: one of them can take the place of another in a moment. */
export interface AdapterFamily {
  readonly base: Pick<ListedModel, 'path' | 'name'>;
  /** Whether the model that was asked for is one of the adapters. */
  readonly isAdapter: boolean;
  /** Those that can be used. */
  readonly adapters: readonly ListedModel[];
}

const KEY = 'cloze.models';
const FoldersSchema = z.array(z.string());

type Read = Pick<ListedModel, 'folder' | 'base' | 'layout' | 'head' | 'parameters' | 'context' | 'problem'>;

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

  /** What a folder holds, listed or not. */
  look(path: string): ListedModel {
    return this.#listed(path, basename(path), 'folder');
  }

  /** The model of a folder and those that differ from it by their adapters alone. */
  familyOf(path: string): AdapterFamily {
    const { folder, base, problem } = this.#read(path);
    const root = base ?? folder;
    const { models } = this;
    return {
      base: models.find((model) => model.folder === root) ?? { path: root, name: nameOf(root) },
      isAdapter: base !== undefined,
      adapters: problem === undefined ? models.filter((model) => model.base === root && isUsable(model)) : [],
    };
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

export function isAdapter({ base }: Pick<ListedModel, 'base'>): boolean {
  return base !== undefined;
}

function isUsable({ problem }: ListedModel): boolean {
  return problem === undefined;
}

/** A run's checkpoint has the run's name. */
function nameOf(folder: string): string {
  const run = /^(.*)[\\/]checkpoints[\\/][^\\/]+$/.exec(folder)?.[1];
  return basename(run ?? folder);
}

function tryRead(path: string): Read {
  try {
    const { path: folder, base, parameters, config } = readModel(path);
    const { layout, context } = config;
    const head = isEncoder(config) ? config.head : undefined;
    return { folder, base, layout, head, parameters, context, problem: undefined };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return { folder: path, base: undefined, layout: '', head: undefined, parameters: 0, context: 0, problem };
  }
}
