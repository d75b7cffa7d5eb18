import * as vscode from 'vscode';

type Progress = vscode.Progress<{ message?: string; increment?: number }>;

/** Shows that something goes on, which the user can cancel. */
export function withCancel<T>(
  title: string,
  act: (signal: AbortSignal, progress: Progress) => Promise<T>,
): Thenable<T> {
  const place = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  return vscode.window.withProgress(place, async (progress, token) => {
    const canceller = new AbortController();
    const listening = token.onCancellationRequested(() => canceller.abort());
    try {
      return await act(canceller.signal, progress);
    } finally {
      listening.dispose();
    }
  });
}

/** Shows in the status bar that something goes on that takes no longer than to open a model. */
export function inStatusBar<T>(title: string, act: () => Promise<T>): Thenable<T> {
  return vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title }, act);
}
