import * as vscode from 'vscode';
import { writes } from '../../webview/protocol/objectives.ts';
import { canResume, isActive } from '../../webview/protocol/run-rules.ts';
import type { RunStatus, RunSummary } from '../../webview/protocol/training.ts';
import { COMMANDS, TREE_ITEMS, VIEWS } from '../contributions.ts';
import { setContext } from '../platform/context.ts';
import { Disposables } from '../platform/disposable.ts';
import { percentOf, runDescription, runLabel } from '../training/describe.ts';
import type { TrainingSession } from '../training/session.ts';

/** A line of the tree is drawn anew at most so often, in ms. */
const INTERVAL = 1000;

/** The view of all runs, the badge of the one under way, and the context keys that depend on them. */
export class RunsTree implements vscode.TreeDataProvider<RunSummary>, vscode.Disposable {
  readonly #session: TrainingSession;
  readonly #owned = new Disposables();
  readonly #change = this.#owned.add(new vscode.EventEmitter<undefined>());
  readonly #view: vscode.TreeView<RunSummary>;
  #timer: NodeJS.Timeout | undefined;
  readonly onDidChangeTreeData = this.#change.event;

  constructor(session: TrainingSession) {
    this.#session = session;
    this.#view = this.#owned.add(vscode.window.createTreeView(VIEWS.runs, { treeDataProvider: this }));
    this.#owned.add(session.onDidChange(() => this.#update()));
    this.#refresh();
  }

  getChildren(): RunSummary[] {
    return [...this.#session.history];
  }

  getTreeItem(run: RunSummary): vscode.TreeItem {
    const item = new vscode.TreeItem(run.name);
    item.id = run.path;
    item.description = runDescription(run, Date.now());
    item.tooltip = tooltipOf(run);
    item.iconPath = iconOf(run.status);
    item.contextValue = contextOf(run);
    item.accessibilityInformation = { label: runLabel(run) };
    item.command = { command: COMMANDS.showRun, title: vscode.l10n.t('Show Run'), arguments: [run] };
    return item;
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#owned.dispose();
  }

  /** At once what menus depend on, the lines a little later. */
  #update(): void {
    this.#setContext();
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#refresh();
    }, INTERVAL);
  }

  #refresh(): void {
    this.#setContext();
    this.#view.badge = badgeOf(this.#session.active);
    this.#change.fire(undefined);
  }

  #setContext(): void {
    const { active, history } = this.#session;
    setContext('cloze.run', phaseOf(active));
    setContext('cloze.hasRuns', history.length > 0);
  }
}

function phaseOf(active: RunSummary | undefined): 'idle' | 'preparing' | 'running' | 'paused' {
  if (active === undefined) return 'idle';
  return active.status === 'preparing' || active.status === 'paused' ? active.status : 'running';
}

function badgeOf(active: RunSummary | undefined): vscode.ViewBadge | undefined {
  if (active === undefined) return undefined;
  const percent = percentOf(active);
  const tooltip = vscode.l10n.t('Training {0}: {1} %', active.name, percent);
  return { value: Math.max(1, percent), tooltip }; // 0 shows no badge
}

const ICONS: Readonly<Record<RunStatus, vscode.ThemeIcon>> = {
  preparing: new vscode.ThemeIcon('loading~spin'),
  running: new vscode.ThemeIcon('sync~spin'),
  paused: new vscode.ThemeIcon('debug-pause'),
  stopping: new vscode.ThemeIcon('loading~spin'),
  completed: new vscode.ThemeIcon('pass'),
  stopped: new vscode.ThemeIcon('debug-stop'),
  interrupted: new vscode.ThemeIcon('debug-disconnect'),
  failed: new vscode.ThemeIcon('error', new vscode.ThemeColor('list.errorForeground')),
  elsewhere: new vscode.ThemeIcon('vm-running'),
};

function iconOf(status: RunStatus): vscode.ThemeIcon {
  return ICONS[status];
}

function contextOf(run: RunSummary): string {
  if (run.status === 'paused') return TREE_ITEMS.runPaused;
  if (isActive(run.status)) return TREE_ITEMS.runActive;
  if (run.status === 'elsewhere') return TREE_ITEMS.runElsewhere;
  if (run.steps === 0) return TREE_ITEMS.runBroken; // its record can not be read
  const [resumable, ended] = writes(run.objective)
    ? [TREE_ITEMS.runResumable, TREE_ITEMS.runEnded]
    : [TREE_ITEMS.encoderRunResumable, TREE_ITEMS.encoderRunEnded];
  return canResume(run) ? resumable : ended;
}

function tooltipOf(run: RunSummary): string {
  return [runLabel(run), ...run.data, run.path].join('\n');
}
