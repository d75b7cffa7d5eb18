import * as vscode from 'vscode';
import { modelVersion } from '../../worker/protocol/models.ts';
import { Disposables } from '../platform/disposable.ts';
import { settingFolder } from '../platform/folders.ts';
import { onDidChangeSetting, readSetting, writeSetting } from '../platform/settings.ts';
import { requireWriter } from './writer.ts';

const KEY = 'cloze.completion.model';

/** Which model completes: what the setting names, or else what was chosen in this workspace. */
export class ModelChoice implements vscode.Disposable {
  readonly #memento: vscode.Memento;
  readonly #owned = new Disposables();
  readonly #change = this.#owned.add(new vscode.EventEmitter<undefined>());
  #known: string;

  /** Also fires when the files of the chosen model have changed. */
  readonly onDidChange = this.#change.event;

  constructor(memento: vscode.Memento) {
    this.#memento = memento;
    this.#known = this.#version();
    this.#owned.add(onDidChangeSetting(['completion.model'], () => this.check()));
  }

  /** A model folder or run folder; undefined: none is chosen. */
  get path(): string | undefined {
    return this.isSet ? settingFolder(readSetting('completion.model')) : this.#memento.get<string>(KEY);
  }

  /** Whether the setting names it. */
  get isSet(): boolean {
    return readSetting('completion.model') !== '';
  }

  /** Takes a model, or none, where the choice is kept now. Throws `usage`, `checkpoint` for what can not complete. */
  async choose(path: string | undefined): Promise<void> {
    if (path !== undefined) requireWriter(path);
    if (this.isSet) await writeSetting('completion.model', path ?? '');
    await this.#memento.update(KEY, path);
    this.check();
  }

  /** Looks whether another model is chosen, or its files have changed or gone. */
  check(): void {
    const version = this.#version();
    if (version === this.#known) return;
    this.#known = version;
    this.#change.fire(undefined);
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #version(): string {
    const { path } = this;
    return path === undefined ? '' : `${path}\n${modelVersion(path) ?? 'missing'}`;
  }
}
