import * as vscode from 'vscode';
import type { ContextKeys } from '../contributions.ts';

const values = new Map<string, unknown>();

/** Sets a context key, if that changes it. */
export function setContext<Key extends keyof ContextKeys>(key: Key, value: ContextKeys[Key]): void {
  if (values.get(key) === value) return;
  values.set(key, value);
  void vscode.commands.executeCommand('setContext', key, value);
}
