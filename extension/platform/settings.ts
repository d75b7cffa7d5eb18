/** Settings, checked: one of the wrong type counts as not set, and is told once. */
import * as vscode from 'vscode';
import { EXTENSION_NAME } from '../contributions.ts';
import { type SettingName, SETTINGS, type SettingValue } from '../settings.ts';

const told = new Set<string>();

/** The value in force, or the default where it is not of the setting's type. */
export function readSetting<Name extends SettingName>(
  name: Name,
  scope?: vscode.ConfigurationScope,
): SettingValue<Name> {
  const schema = SETTINGS[name];
  const value: unknown = vscode.workspace.getConfiguration(EXTENSION_NAME, scope).get(name);
  const read = schema.safeParse(value);
  if (read.success) return read.data as SettingValue<Name>;
  tellOnce(name, value, read.error.issues[0]?.message ?? 'not valid');
  return schema.parse(undefined) as SettingValue<Name>;
}

/** Sets it where it is set already, otherwise for the user. */
export async function writeSetting<Name extends SettingName>(
  name: Name,
  value: SettingValue<Name>,
): Promise<void> {
  const configuration = vscode.workspace.getConfiguration(EXTENSION_NAME);
  const { workspaceFolderValue, workspaceValue } = configuration.inspect(name) ?? {};
  const target =
    workspaceFolderValue !== undefined || workspaceValue !== undefined
      ? vscode.ConfigurationTarget.Workspace
      : vscode.ConfigurationTarget.Global;
  await configuration.update(name, value, target);
}

export function onDidChangeSetting(names: readonly SettingName[], changed: () => void): vscode.Disposable {
  return vscode.workspace.onDidChangeConfiguration((event) => {
    if (names.some((name) => event.affectsConfiguration(`${EXTENSION_NAME}.${name}`))) changed();
  });
}

function tellOnce(name: SettingName, value: unknown, problem: string): void {
  const what = `${name}=${JSON.stringify(value)}`;
  if (told.has(what)) return;
  told.add(what);
  const open = vscode.l10n.t('Open Setting');
  const message = vscode.l10n.t('The setting cloze.{0} is ignored: {1}.', name, problem);
  void vscode.window.showWarningMessage(message, open).then((choice) => {
    if (choice === open)
      return vscode.commands.executeCommand('workbench.action.openSettings', `${EXTENSION_NAME}.${name}`);
    return undefined;
  });
}
