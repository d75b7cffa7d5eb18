import type { Window } from '../../test/vscode/host/window.ts';

/**
 * Bytes by which the heap of the extension host grows over so many completions that are asked for, each at another place. Both
 * ends are measured after garbage collection.
 */
export function heapGrowth(window: Window, completions: number): Promise<number> {
  return window.evaluate(async (vscode, completions) => {
    type Builtin = (name: 'node:v8' | 'node:vm') => {
      setFlagsFromString(flags: string): void;
      runInNewContext(code: string): () => void;
    };
    const builtin = (process as unknown as { getBuiltinModule: Builtin }).getBuiltinModule;
    builtin('node:v8').setFlagsFromString('--expose-gc');
    const collect = builtin('node:vm').runInNewContext('gc');
    const used = async (): Promise<number> => {
      for (let i = 0; i < 5; i++) {
        collect();
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
      return process.memoryUsage().heapUsed;
    };
    const text = 'const value = context.sourceCode.getText(node);\n';
    const complete = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i++) {
        await vscode.commands.executeCommand('type', { text: text[i % text.length] });
        await vscode.commands.executeCommand('editor.action.inlineSuggest.trigger');
      }
    };
    await complete(100);
    const before = await used();
    await complete(completions);
    return (await used()) - before;
  }, completions);
}
