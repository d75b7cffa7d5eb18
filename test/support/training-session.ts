/** A session with everything around it played, and the worker's services in this process. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { tinyRun, workplace } from '../process/training.ts';
import type { RunSummary, TrainingState } from '../../webview/protocol/training.ts';
import type { TrainEvent } from '../../worker/protocol/events.ts';
import type { PrepareProgress } from '../../worker/protocol/train.ts';
import { planTraining } from '../../worker/services/plan.ts';
import { resumeTraining, startTraining } from '../../worker/services/train.ts';
import { RunControl } from '../../worker/training/control.ts';
import { WorkerGone } from '../../extension/worker/worker-gone.ts';
import type { CallWorker } from '../../extension/worker/worker-process.ts';
import { Emitter } from '../../extension/training/emitter.ts';
import type { Control } from '../../extension/training/run-driver.ts';
import { RunStore } from '../../extension/training/run-store.ts';
import type { RunEnd, SessionUi } from '../../extension/training/session-parts.ts';
import { TrainingSession } from '../../extension/training/session.ts';

/** The worker's services, in this process; it can die. */
export class FakeWorker {
  control: RunControl | undefined;
  readonly calls: string[] = [];
  readonly #underWay = new Set<Promise<unknown>>();
  /** Ends the call under way without an answer, and frees what it holds, as a death does: nothing is saved. */
  die: () => void = () => undefined;

  readonly call = (async (name: string, params: never, { signal, onEvent }: Options = {}) => {
    this.calls.push(name);
    if (name === 'control') return this.#ask(params);
    const death = new AbortController();
    const ends = signal === undefined ? death.signal : AbortSignal.any([death.signal, signal]);
    const control = new RunControl(ends);
    this.control = control;
    this.die = () => death.abort();
    const tell = (event: TrainEvent): void => {
      if (!death.signal.aborted) onEvent?.(event);
    };
    const served = serve(name, params, control, tell);
    this.#underWay.add(served);
    try {
      return await served;
    } catch (error) {
      if (death.signal.aborted) throw new WorkerGone('the trainer process ended with SIGKILL');
      throw error;
    } finally {
      this.#underWay.delete(served);
    }
  }) as CallWorker;

  /** Waits until no call is under way: nothing is written any more. */
  async idle(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay);
  }

  #ask({ action }: { action: Control }): boolean {
    this.control?.[action]();
    return this.control !== undefined;
  }
}

function serve(
  name: string,
  params: never,
  control: RunControl,
  tell: (event: TrainEvent) => void,
): Promise<unknown> {
  const onProgress = (progress: PrepareProgress): void => tell({ progress });
  const hooks = { control, onEvent: tell, onProgress, onNote: (note: string): void => tell({ note }) };
  if (name === 'train') return startTraining(params, hooks);
  if (name === 'resume') return resumeTraining(params, hooks);
  return planTraining(params, { signal: control.signal });
}

interface Options {
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: TrainEvent) => void;
}

export interface Stage {
  readonly session: TrainingSession;
  readonly worker: FakeWorker;
  readonly store: RunStore;
  readonly memory: Map<string, unknown>;
  readonly ends: RunEnd[];
  readonly offers: RunSummary[];
  readonly problems: unknown[];
  readonly choice: { path: string | undefined; isSet: boolean };
  readonly ui: SessionUi;
  readonly restarted: Emitter<undefined>;
  readonly answers: { resume: boolean; remove: boolean; trusted: boolean; resumeAfterCrash: boolean };
  /** Waits until the state is so. */
  readonly until: (isSo: (state: TrainingState) => boolean) => Promise<TrainingState>;
  /** Sets a form that trains a tiny model. */
  readonly prepare: (assignments?: readonly string[]) => void;
  /** As a window that opens later on the same folder. */
  readonly reopen: () => Stage;
}

export function stage(
  t: TestContext,
  more: Partial<Pick<Stage, 'memory'>> & { place?: ReturnType<typeof workplace> } = {},
): Stage {
  const place = more.place ?? workplace(t);
  const memory = more.memory ?? new Map<string, unknown>();
  const worker = new FakeWorker();
  const store = new RunStore(join(place.folder, 'runs'));
  const ends: RunEnd[] = [];
  const offers: RunSummary[] = [];
  const problems: unknown[] = [];
  const answers = { resume: false, remove: true, trusted: true, resumeAfterCrash: true };
  const choiceChange = new Emitter<undefined>();
  const restarted = new Emitter<undefined>();
  const choice: Stage['choice'] = { path: undefined, isSet: false };
  const ui: SessionUi = {
    chooseData: () => Promise.resolve(undefined),
    offerResume: (run) => Promise.resolve(offers.push(run) > 0 && answers.resume),
    tellEnd: (end) => void ends.push(end),
    tellProblem: (error) => void problems.push(error),
    confirmRemove: () => Promise.resolve(answers.remove),
    remove: (path) => rm(path, { recursive: true }),
    openFolder: () => Promise.resolve(),
  };
  const session = new TrainingSession({
    call: worker.call,
    onDidRestart: restarted.event,
    store,
    memento: {
      get: (key) => memory.get(key),
      update: (key, value) => {
        memory.set(key, structuredClone(value));
        return Promise.resolve();
      },
    },
    modelFolders: () => [],
    model: {
      get path() {
        return choice.path;
      },
      get isSet() {
        return choice.isSet;
      },
      choose(path) {
        choice.path = path;
        choiceChange.fire(undefined);
        return Promise.resolve();
      },
      onDidChange: choiceChange.event,
    },
    workspace: {
      get isTrusted() {
        return answers.trusted;
      },
      folders: () => [place.data],
    },
    settings: () => ({ provider: 'cpu', threads: 0, resumeAfterCrash: answers.resumeAfterCrash }),
    ui,
  });
  t.after(() => {
    session.dispose();
    worker.control?.stop();
    store.dispose();
  });
  return {
    session,
    worker,
    store,
    memory,
    ends,
    offers,
    problems,
    choice,
    ui,
    restarted,
    answers,
    async until(isSo) {
      for (let i = 0; i < 400; i++) {
        if (isSo(session.state)) return session.state;
        await sleep(25);
      }
      throw new Error(`never so: ${JSON.stringify({ ...session.state, models: [] })}`);
    },
    prepare(assignments = []) {
      const { settings, model, tokenizer = '' } = tinyRun(place.data, '', assignments);
      session.setForm({
        objective: 'clm',
        data: [place.data],
        model,
        tokenizer,
        provider: 'auto',
        training: { context: 16, ...(settings!.training as Record<string, number>) },
      });
    },
    reopen: () => stage(t, { place, memory }),
  };
}
