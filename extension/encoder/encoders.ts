/** The encoders of a window: which one does what is asked for. */
import * as vscode from 'vscode';
import { isEncoder, readModel } from '../../worker/protocol/models.ts';
import { settingFolder } from '../platform/folders.ts';
import { pathOf } from '../platform/line.ts';
import { readSetting } from '../platform/settings.ts';
import { isUntrusted, requireTrusted } from '../platform/trust.ts';
import { findEncoder, fitting, type KnownModel, type Purpose } from './purposes.ts';

export class Encoders {
  readonly #models: { readonly models: readonly KnownModel[] };

  constructor(models: { readonly models: readonly KnownModel[] }) {
    this.#models = models;
  }

  /** All that serve a purpose, the newest run first. */
  fitting(purpose: Purpose): KnownModel[] {
    return fitting(this.#models.models, purpose);
  }

  /**
   * The model for a purpose: what `argument` names, or else as {@link findEncoder} has it; the user may be asked, and
   * undefined is their refusal. Throws `usage` where there is none or it is not to be trusted, `checkpoint`.
   */
  async modelFor(purpose: Purpose, argument?: unknown): Promise<string | undefined> {
    const path = modelOf(argument) ?? (await this.#find(purpose));
    return path === undefined ? undefined : requireTrusted(path);
  }

  async #find(purpose: Purpose): Promise<string | undefined> {
    const found = findEncoder(purpose, setEncoder(), this.#models.models);
    if ('path' in found) return found.path;
    const items = found.choices.map(({ name, path }) => ({ label: name, detail: path, path }));
    const title = vscode.l10n.t('With which model?');
    return (await vscode.window.showQuickPick(items, { title, matchOnDetail: true }))?.path;
  }
}

/** A run or model that a command was called with. */
export function modelOf(argument: unknown): string | undefined {
  return argument instanceof vscode.Uri ? undefined : pathOf(argument); // an editor's menu hands an address
}

/** What the setting names. Throws `usage`, `checkpoint` if that is no model. */
function setEncoder(): Pick<KnownModel, 'path' | 'head'> | undefined {
  const named = readSetting('encoder.model');
  if (named === '') return undefined;
  const path = settingFolder(named);
  if (isUntrusted(path)) return undefined; // its files are not to be read
  const { config } = readModel(path);
  return { path, head: isEncoder(config) ? config.head : undefined };
}
