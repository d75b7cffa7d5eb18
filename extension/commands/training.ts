/** The commands of training, by their names in contributions.ts. */
import * as vscode from 'vscode';
import { isEncoder, readModel } from '../../worker/protocol/models.ts';
import { canResume } from '../../webview/protocol/run-rules.ts';
import type { RunSummary } from '../../webview/protocol/training.ts';
import { VIEWS } from '../contributions.ts';
import { workspaceFolders } from '../platform/folders.ts';
import { runDescription } from '../training/describe.ts';
import type { ModelChoice } from '../training/model-choice.ts';
import type { ModelList } from '../training/model-list.ts';
import { pathOf } from '../platform/line.ts';
import { refusal } from '../platform/problem.ts';
import type { RunStore } from '../training/run-store.ts';
import type { TrainingSession } from '../training/session.ts';
import { pickModel } from './models.ts';
import { objectiveFor, optionsOf, type TrainOptions } from './train-options.ts';

export interface TrainingCommandParts {
  readonly session: TrainingSession;
  readonly store: RunStore;
  readonly models: Pick<ModelList, 'models' | 'familyOf'>;
  readonly choice: Pick<ModelChoice, 'path'>;
}

/** Rows of an adapter that a command begins: as PEFT's. */
const RANK = 8;
/** Tokens of a sequence at most: what a model of another size sees at once can be too much for a first step. */
const CONTEXT = 256;

export function trainingCommands({ session, store, models, choice }: TrainingCommandParts) {
  const train = async (data: readonly string[], options: TrainOptions): Promise<void> => {
    await focus(); // there it says what is in the way
    session.requireReady(); // before the form of a run under way is another
    const { training, ...others } = options;
    session.setObjective(objectiveFor(options, session.form.objective));
    const { form } = session;
    session.setForm({
      ...form,
      data: [...data],
      ...others,
      training: { ...form.training, ...training },
    });
    session.start();
  };

  /** The run of a line, the only one that fits, or the one that the user chooses. */
  const run = async (
    argument: unknown,
    title: string,
    fits: (run: RunSummary) => boolean = () => true,
  ): Promise<string | undefined> => {
    const line = pathOf(argument);
    if (line !== undefined) return line;
    const fitting = session.history.filter(fits);
    if (fitting.length === 0) throw refusal('there is no such run');
    return fitting.length === 1 ? fitting[0]!.path : choose(fitting, title);
  };

  return {
    async trainWorkspace(argument?: unknown) {
      await train(openFolders(), optionsOf(argument));
    },
    /** An adapter of a line's model, of the one that completes, or of one that the user chooses. */
    async fineTune(argument?: unknown) {
      const folders = openFolders();
      const completes = choice.path && models.familyOf(choice.path).base.path; // PEFT knows no adapters of adapters
      const named = pathOf(argument) ?? completes;
      const model = named ?? (await pickModel(models.models, vscode.l10n.t('Fine-tune which model?')));
      if (model === undefined) return;
      const { config } = readModel(model);
      const objective = isEncoder(config) ? 'mlm' : 'clm';
      // a model that was not trained to fill in the middle may lack the tokens for it
      const fimRate = store.runs.find(({ path }) => path === model)?.record?.training.fimRate ?? 0;
      const training = { context: Math.min(CONTEXT, config.context), fimRate };
      await train(folders, { objective, model, tokenizer: '', adapterRank: RANK, training });
    },
    async trainFolder(argument?: unknown) {
      const options = optionsOf(argument);
      const data =
        argument instanceof vscode.Uri ? [argument.fsPath] : (options.data ?? (await chooseFolder()));
      if (data !== undefined) await train(data, options);
    },
    pauseTraining: () => session.control('pause'),
    async resumeTraining(argument?: unknown) {
      const { active } = session;
      const line = pathOf(argument) ?? active?.path;
      if (active?.status === 'paused' && line === active.path) {
        await session.control('unpause');
        return;
      }
      const path = await run(argument, vscode.l10n.t('Go on with which run?'), canResume);
      if (path === undefined) return;
      await focus();
      await session.resume(path);
    },
    stopTraining: () => session.control('stop'),
    async showRun(argument?: unknown) {
      const path = await run(argument, vscode.l10n.t('Show which run?'));
      if (path === undefined) return;
      await session.show(path);
      await focus();
    },
    async openRunFolder(argument?: unknown) {
      const path = await run(argument, vscode.l10n.t('Open the folder of which run?'));
      if (path !== undefined) await session.openFolder(path);
    },
    async deleteRun(argument?: unknown) {
      const idle = ({ status }: RunSummary): boolean => status !== 'elsewhere';
      const path = await run(argument, vscode.l10n.t('Delete which run?'), idle);
      if (path !== undefined) await session.remove(path);
    },
    refreshRuns: () => store.refresh(),
  };
}

/** Throws `usage` if there are none. */
function openFolders(): readonly string[] {
  const folders = workspaceFolders();
  if (folders.length > 0) return folders;
  throw refusal('no folder of this disk is open', 'open one, or train on a folder');
}

async function focus(): Promise<void> {
  await vscode.commands.executeCommand(`${VIEWS.training}.focus`);
}

async function chooseFolder(): Promise<readonly string[] | undefined> {
  const chosen = await vscode.window.showOpenDialog({
    canSelectFiles: false,
    canSelectFolders: true,
    openLabel: vscode.l10n.t('Train on Folder'),
  });
  return chosen?.map(({ fsPath }) => fsPath);
}

async function choose(runs: readonly RunSummary[], title: string): Promise<string | undefined> {
  const items = runs.map((run) => ({
    label: run.name,
    description: runDescription(run, Date.now()),
    path: run.path,
  }));
  return (await vscode.window.showQuickPick(items, { title, matchOnDescription: true }))?.path;
}
