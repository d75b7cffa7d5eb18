/** What LoRA pages ask of the window they are in. */
import type { AdapterRun } from '../../webview/protocol/adapter.ts';
import { lastCheckpoint, modelVersion } from '../../worker/protocol/models.ts';
import { weightsSetting } from '../completion/weights.ts';
import { requireTrusted } from '../platform/trust.ts';
import type { ModelList } from '../training/model-list.ts';
import type { TrainingSession } from '../training/session.ts';
import type { CallWorker } from '../worker/worker-process.ts';
import type { AdapterSource, Place } from './session.ts';

export interface AdapterSourceParts {
  /** Of the one that completes: it answers while a run trains. */
  readonly call: CallWorker;
  readonly models: ModelList;
  readonly session: TrainingSession;
  /** Opens the model that completes again, where another has taken its place. */
  readonly restore: () => void;
}

/** Tokens that each of the two writes. */
const WRITTEN = 64;

export function adapterSource({ call, models, session, restore }: AdapterSourceParts): AdapterSource {
  return {
    version: lastVersion,
    report: (path, signal) => call('adapter', { model: requireTrusted(path) }, { signal }),
    run: (path) => runOf(path, session),
    facts: (path) => {
      const { head, inUse } = models.look(path);
      return { writes: head === undefined, inUse };
    },
    open: async (path, signal) => {
      const beside = models.familyOf(path).adapters.map((adapter) => adapter.path);
      await call(
        'open',
        { model: requireTrusted(path), weights: weightsSetting(), beside: [path, ...beside] },
        { signal },
      );
    },
    write: (model, place, signal) => writeAt(call, model, place, signal),
    restore,
  };
}

/** Of a run that has no checkpoint yet, and of a folder that is gone, there is none. */
function lastVersion(path: string): string | undefined {
  try {
    return modelVersion(lastCheckpoint(path));
  } catch {
    return undefined;
  }
}

async function runOf(path: string, session: TrainingSession): Promise<AdapterRun | undefined> {
  const summary = session.history.find((run) => run.path === path);
  if (summary === undefined) return undefined;
  const { status, step, steps } = summary;
  return { status, step, steps, series: await session.series(path) };
}

async function writeAt(call: CallWorker, model: string, { prompt, text }: Place, signal: AbortSignal) {
  const settings = { maxTokens: WRITTEN, temperature: 0 };
  const weights = weightsSetting();
  const likelihood = await call('likelihood', { model, weights, text }, { signal });
  const written = await call('generate', { model, weights, prompt, settings }, { signal });
  return { text: written.text, likelihood };
}
