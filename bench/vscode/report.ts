/** What "Why No Completion?" says, read back. */
import type { Window } from '../../test/vscode/host/window.ts';

export interface Asked {
  /** File, line and column. */
  readonly place: string;
  /** From the request to its end. */
  readonly ms: number;
  readonly shown: boolean;
  /** Whether that was the rest of what was on the screen. */
  readonly along: boolean;
  /** Whether the model ran for it. */
  readonly computed: boolean;
}

/** The requests that have ended, of the last 50. The editor before is shown again. */
export async function lastAsked(window: Window): Promise<Asked[]> {
  const report = await window.evaluate(async (vscode) => {
    await vscode.commands.executeCommand('cloze.whyNoCompletion');
    const text = vscode.window.activeTextEditor!.document.getText();
    await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
    return text;
  });
  return report.split('\n\n').slice(1).flatMap(parse);
}

function parse(entry: string): Asked[] {
  const [head = '', ...steps] = entry.trimEnd().split('\n');
  const last = /^ *([\d.]+) ms {2}(.*)$/.exec(steps.at(-1) ?? '');
  if (last === null) return [];
  return [
    {
      place: head.split('  ')[1] ?? '',
      ms: Number(last[1]),
      shown: last[2]!.startsWith('Shown'),
      along: last[2] === 'Shown: the rest of the suggestion.',
      computed: steps.some((step) => step.includes('the model read')),
    },
  ];
}
