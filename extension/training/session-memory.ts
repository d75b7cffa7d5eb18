/** What a session keeps between windows of one workspace. */
import * as z from 'zod';
import type { ObjectiveName } from '../../webview/protocol/objectives.ts';
import { type TrainingForm, TrainingFormSchema } from '../../webview/protocol/training.ts';

/** As VS Code's workspaceState. */
export interface Memento {
  get(key: string): unknown;
  update(key: string, value: unknown): PromiseLike<void>;
}

const ProblemSchema = z.object({ message: z.string(), hint: z.string().optional() });
export type Problem = z.output<typeof ProblemSchema>;

const ActiveSchema = z.object({
  path: z.string(),
  /** Whether the user has been asked if it is to go on. */
  asked: z.boolean(),
});
export type Active = z.output<typeof ActiveSchema>;

const SCHEMAS = {
  form: TrainingFormSchema,
  /** Forms for other objectives, as they were left. */
  forms: z.array(TrainingFormSchema),
  active: ActiveSchema,
  shown: z.string(),
  failures: z.record(z.string(), ProblemSchema),
} as const;

type Key = keyof typeof SCHEMAS;
type Value<K extends Key> = z.output<(typeof SCHEMAS)[K]>;

export class SessionMemory {
  readonly #memento: Memento;

  constructor(memento: Memento) {
    this.#memento = memento;
  }

  get form(): TrainingForm | undefined {
    return this.#get('form');
  }
  set form(form: TrainingForm | undefined) {
    this.#set('form', form);
  }

  /** The form that was left last for an objective. */
  formOf(objective: ObjectiveName): TrainingForm | undefined {
    return this.#get('forms')?.find((form) => form.objective === objective);
  }

  /** Keeps a form for when its objective is chosen again. */
  leave(form: TrainingForm): void {
    const others = (this.#get('forms') ?? []).filter(({ objective }) => objective !== form.objective);
    this.#set('forms', [...others, form]);
  }

  /** The run that this window trains, or was training when it closed. */
  get active(): Active | undefined {
    return this.#get('active');
  }
  set active(active: Active | undefined) {
    this.#set('active', active);
  }

  /** The run that the page shows. */
  get shown(): string | undefined {
    return this.#get('shown');
  }
  set shown(path: string | undefined) {
    this.#set('shown', path);
  }

  /** Why runs ended that ended with an error, by path. */
  get failures(): Readonly<Record<string, Problem>> {
    return this.#get('failures') ?? {};
  }

  /** Keeps why a run ended, as long as there is something of it: `isRun` tells of a path. */
  fail(path: string, problem: Problem, isRun: (path: string) => boolean): void {
    const all = Object.entries({ ...this.failures, [path]: problem });
    this.#set('failures', Object.fromEntries(all.filter(([failed]) => isRun(failed))));
  }

  /** Forgets what is known of a run that is gone, or goes on. */
  forget(path: string): void {
    const others = Object.entries(this.failures).filter(([failed]) => failed !== path);
    this.#set('failures', Object.fromEntries(others));
    if (this.active?.path === path) this.active = undefined;
    if (this.shown === path) this.shown = undefined;
  }

  #get<K extends Key>(key: K): Value<K> | undefined {
    return SCHEMAS[key].safeParse(this.#memento.get(keyOf(key))).data as Value<K> | undefined;
  }

  #set<K extends Key>(key: K, value: Value<K> | undefined): void {
    void this.#memento.update(keyOf(key), value);
  }
}

function keyOf(key: Key): string {
  return `cloze.training.${key}`;
}
