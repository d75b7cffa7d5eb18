import * as vscode from 'vscode';
import { TREE_ITEMS, VIEWS } from '../contributions.ts';
import { setContext } from '../platform/context.ts';
import { Disposables } from '../platform/disposable.ts';
import { modelDescription, modelLabel } from '../training/describe.ts';
import type { ModelChoice } from '../training/model-choice.ts';
import { isAdapter, type ListedModel, type ModelList } from '../training/model-list.ts';

/** The view of the models that can be used. */
export class ModelsTree implements vscode.TreeDataProvider<ListedModel>, vscode.Disposable {
  readonly #list: ModelList;
  readonly #choice: ModelChoice;
  readonly #owned = new Disposables();
  readonly #change = this.#owned.add(new vscode.EventEmitter<undefined>());
  readonly onDidChangeTreeData = this.#change.event;

  constructor(list: ModelList, choice: ModelChoice) {
    this.#list = list;
    this.#choice = choice;
    this.#owned.add(vscode.window.createTreeView(VIEWS.models, { treeDataProvider: this }));
    this.#owned.add(list.onDidChange(() => this.#refresh()));
    this.#owned.add(choice.onDidChange(() => this.#refresh()));
    this.#refresh();
  }

  getChildren(): ListedModel[] {
    return [...this.#list.models];
  }

  getTreeItem(model: ListedModel): vscode.TreeItem {
    const { path, name } = model;
    const item = new vscode.TreeItem(name);
    item.id = path;
    item.description = modelDescription(model);
    item.tooltip = [modelLabel(model), path].join('\n');
    item.iconPath = new vscode.ThemeIcon(iconOf(model));
    item.contextValue = contextOf(model);
    item.accessibilityInformation = { label: modelLabel(model) };
    return item;
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #refresh(): void {
    setContext('cloze.hasModels', !this.#list.isEmpty);
    setContext(
      'cloze.hasEncoders',
      this.#list.models.some(({ head }) => head !== undefined),
    );
    setContext('cloze.hasAdapters', this.#list.models.some(isAdapter));
    setContext('cloze.completes', this.#choice.path !== undefined);
    this.#change.fire(undefined);
  }
}

function contextOf({ kind, head, base }: ListedModel): string {
  if (base !== undefined) return adapterContextOf(kind, head === undefined);
  if (head !== undefined) return kind === 'run' ? TREE_ITEMS.encoderOfRun : TREE_ITEMS.encoderFolder;
  return kind === 'run' ? TREE_ITEMS.modelOfRun : TREE_ITEMS.modelFolder;
}

function adapterContextOf(kind: ListedModel['kind'], writes: boolean): string {
  if (writes) return kind === 'run' ? TREE_ITEMS.adapterOfRun : TREE_ITEMS.adapterFolder;
  return kind === 'run' ? TREE_ITEMS.encoderAdapterOfRun : TREE_ITEMS.encoderAdapterFolder;
}

function iconOf({ problem, inUse, base }: ListedModel): string {
  if (problem !== undefined) return 'error';
  if (inUse) return 'check';
  return base === undefined ? 'package' : 'layers';
}
