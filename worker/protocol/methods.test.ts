import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';

describe('the contract', () => {
  it('costs a host little: nothing that it imports loads ONNX Runtime or does the work itself', async () => {
    const { metafile } = await esbuild.build({
      entryPoints: [fileURLToPath(new URL('./methods.ts', import.meta.url))],
      bundle: true,
      write: false,
      metafile: true,
      platform: 'node',
      external: ['onnxruntime-node'],
    });
    const output = Object.values(metafile.outputs)[0]!;
    const bytesOf = (part: RegExp): number =>
      Object.entries(output.inputs).reduce(
        (sum, [path, { bytesInOutput }]) => sum + (part.test(path) ? bytesInOutput : 0),
        0,
      );
    assert.deepEqual(
      output.imports.map(({ path }) => path).filter((path) => !path.startsWith('node:')),
      [],
    );
    const own = bytesOf(/(^|\/)worker\//);
    assert.ok(own > 5000 && own < 40_000, `${own} bytes of our own`);
  });
});
