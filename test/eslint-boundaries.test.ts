import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ESLint, Linter } from 'eslint';

const eslint = new ESLint();
const linter = new Linter();

/** The messages of the repository's import rule for one import in a file at `path` (which need not exist). */
async function complaints(path: string, imported: string): Promise<string[]> {
  const config = (await eslint.calculateConfigForFile(path)) as Linter.Config;
  const rule = config.rules?.['no-restricted-imports'];
  assert.ok(rule, `no import rule for ${path}`);
  const code = `import { thing } from '${imported}';`;
  return linter.verify(code, { rules: { 'no-restricted-imports': rule } }).map(({ message }) => message);
}

describe('import boundaries', () => {
  const forbidden: [path: string, imported: string][] = [
    ['worker/graph/ops/matmul.ts', '../../runtime/program.ts'],
    ['worker/graph/tensor.ts', '../../worker/nn/linear.ts'],
    ['worker/nn/linear.ts', '../optim/adamw.ts'],
    ['worker/tokenizers/bpe.ts', '../data/corpus.ts'],
    ['worker/services/train.ts', '../cli/main.ts'],
    ['worker/models/gpt.ts', 'onnxruntime-node'],
    ['worker/main.ts', 'onnxruntime-node'],
    ['worker/main.ts', 'vscode'],
    ['worker/runtime/provider.ts', 'vscode'],
    ['worker/runtime/provider.ts', '../../extension/main.ts'],
    ['worker/training/loop.ts', '../../test/support/lanes.ts'],
    ['extension/worker/client.ts', '../../worker/services/train.ts'],
    ['extension/main.ts', '../worker/graph/tensor.ts'],
    ['extension/main.ts', 'onnxruntime-node'],
    ['extension/platform/page.ts', '../worker/worker-host.ts'],
    ['extension/completion/provider.ts', '../training/session.ts'],
    ['extension/training/session.ts', '../views/runs-tree.ts'],
    ['webview/training/page.ts', '../../worker/training/loop.ts'],
    ['webview/training/page.ts', '../../extension/main.ts'],
    ['webview/training/page.ts', 'vscode'],
    ['webview/training/page.ts', 'node:fs'],
    ['webview/training/page.ts', '../tokenizer/page.ts'],
    ['webview/common/chart.ts', '../training/page.ts'],
  ];
  for (const [path, imported] of forbidden) {
    it(`${path} may not import ${imported}`, async () => {
      assert.equal((await complaints(path, imported)).length, 1);
    });
  }

  const allowed: [path: string, imported: string][] = [
    ['worker/runtime/provider.ts', 'onnxruntime-node'],
    ['worker/models/gpt.ts', '../nn/linear.ts'],
    ['worker/graph/ops/matmul.ts', '../tensor.ts'],
    ['worker/main.ts', './services/train.ts'],
    ['extension/worker/client.ts', '../../worker/protocol/requests.ts'],
    ['extension/main.ts', './worker/client.ts'],
    ['extension/main.ts', 'vscode'],
    ['extension/platform/page.ts', '../../worker/protocol/rpc.ts'],
    ['extension/training/session.ts', '../worker/worker-host.ts'],
    ['webview/training/page.ts', '../../worker/protocol/events.ts'],
    ['webview/training/page.ts', '../common/chart.ts'],
  ];
  for (const [path, imported] of allowed) {
    it(`${path} may import ${imported}`, async () => {
      assert.deepEqual(await complaints(path, imported), []);
    });
  }
});
