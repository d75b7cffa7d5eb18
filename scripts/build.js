/**
 * Bundles the command line, the worker process and its threads into dist/: `node scripts/build.js [--watch]`.
 * Types are checked apart, by `npm run typecheck`.
 */
import { chmod, rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';
import { globby } from 'globby';

const root = new URL('..', import.meta.url);

/** Every `x.thread.ts` runs in a thread of its own, from dist/threads/x.js. */
const threads = await globby('worker/**/*.thread.ts', { cwd: root });

const entries = {
  cli: 'worker/cli/main.ts',
  worker: 'worker/main.ts',
  ...Object.fromEntries(threads.map((path) => [`threads/${basename(path, '.thread.ts')}`, path])),
};

/** @type {esbuild.BuildOptions} */
const options = {
  absWorkingDir: fileURLToPath(root),
  entryPoints: entries,
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  sourcemap: true,
  // onnxruntime-node finds its native library, and web-worker its own file, beside themselves
  external: ['onnxruntime-node', 'web-worker'],
  // CommonJS packages inside an ES module bundle call `require`
  banner: {
    js: "import { createRequire as bundleRequire } from 'node:module'; const require = bundleRequire(import.meta.url);",
  },
  logLevel: 'info',
};

await rm(new URL('dist', root), { recursive: true, force: true });
if (process.argv.includes('--watch')) {
  const context = await esbuild.context(options);
  await context.watch();
} else {
  await esbuild.build(options);
  await chmod(new URL('dist/cli.js', root), 0o755);
}
