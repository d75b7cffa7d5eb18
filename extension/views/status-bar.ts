/** One item in the status bar: the model that completes, what it does, and how long the last suggestion took. */
import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { RunSummary } from '../../webview/protocol/training.ts';
import type { CompletionController, CompletionStatus } from '../completion/controller.ts';
import { COMMANDS } from '../contributions.ts';
import { Disposables } from '../platform/disposable.ts';
import { percentOf } from '../training/describe.ts';
import type { TrainingSession } from '../training/session.ts';

export class StatusBar implements vscode.Disposable {
  readonly #held = new Disposables();
  readonly #item: vscode.StatusBarItem;
  readonly #completion: CompletionController;
  readonly #training: TrainingSession;

  constructor(completion: CompletionController, training: TrainingSession) {
    this.#completion = completion;
    this.#training = training;
    this.#item = this.#held.add(
      vscode.window.createStatusBarItem('cloze.status', vscode.StatusBarAlignment.Right, 100),
    );
    this.#item.name = vscode.l10n.t('Cloze');
    this.#item.command = COMMANDS.showMenu;
    this.#held.add(completion.onDidChangeStatus(() => this.#show()));
    this.#held.add(training.onDidChange(() => this.#show()));
    this.#show();
    this.#item.show();
  }

  dispose(): void {
    this.#held.dispose();
  }

  #show(): void {
    const { status } = this.#completion;
    const { active } = this.#training;
    const training = active === undefined ? '' : ` ${trainingIcon(active)} ${percentOf(active)} %`;
    this.#item.text = `${icon(status)} ${label(status)}${training}`;
    const lines = [...completionLines(status), ...(active === undefined ? [] : [trainingLine(active)])];
    this.#item.tooltip = lines.join('\n');
    this.#item.accessibilityInformation = { label: `Cloze. ${lines.join('. ')}` };
  }
}

function icon({ enabled, state, model }: CompletionStatus): string {
  if (!enabled || model === undefined) return '$(circle-slash)';
  if (state === 'failed') return '$(warning)';
  if (state === 'loading') return '$(loading~spin)';
  return '$(sparkle)';
}

function trainingIcon({ status }: RunSummary): string {
  return status === 'paused' ? '$(debug-pause)' : '$(loading~spin)';
}

/** An adapter is named after its base. */
function nameOf({ model, base }: CompletionStatus): string {
  const name = basename(model ?? '');
  return base === undefined ? name : `${base} + ${name}`;
}

function label(status: CompletionStatus): string {
  const { model, lastLatencyMs, enabled } = status;
  if (model === undefined) return 'Cloze';
  const time = enabled && lastLatencyMs !== undefined ? ` ${Math.round(lastLatencyMs)} ms` : '';
  return `${nameOf(status)}${time}`;
}

function completionLines(status: CompletionStatus): string[] {
  const { enabled, model, state, description, problem } = status;
  if (model === undefined) return [vscode.l10n.t('No model is chosen for completion')];
  const states: Record<CompletionStatus['state'], string> = {
    off: vscode.l10n.t('loaded when it is needed'),
    loading: vscode.l10n.t('loading'),
    ready: vscode.l10n.t('ready'),
    busy: vscode.l10n.t('writing'),
    failed: problem ?? vscode.l10n.t('failed'),
  };
  const what = enabled
    ? vscode.l10n.t('Completion with {0}: {1}', nameOf(status), states[state])
    : vscode.l10n.t('Completion is off ({0})', nameOf(status));
  if (description === undefined) return [what];
  const { parameters, context, provider } = description;
  return [
    what,
    vscode.l10n.t('{0} parameters, context {1}, on {2}', parameters.toLocaleString(), context, provider),
  ];
}

function trainingLine({ name, step, steps, status }: RunSummary): string {
  return vscode.l10n.t('Training {0}: step {1} of {2}, {3}', name, step, steps, status);
}
