/**
 * Bundles everything that runs into dist/: `node scripts/build.js [--watch]`. Types are checked apart, by
 * `npm run typecheck`.
 */
import { existsSync } from 'node:fs';
import { chmod, readdir, rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';
import { globby } from 'globby';

const root = new URL('..', import.meta.url);

/** Every `x.thread.ts` runs in a thread of its own, from dist/threads/x.js. */
const threads = await globby('worker/**/*.thread.ts', { cwd: root });

/** Every folder of webview/ that has an index.ts is a page. */
const folders = await readdir(new URL('webview', root));
const pages = folders.filter((name) => existsSync(new URL(`webview/${name}/index.ts`, root)));

/** @type {esbuild.BuildOptions} */
const common = {
  absWorkingDir: fileURLToPath(root),
  bundle: true,
  sourcemap: true,
  logLevel: 'info',
};

/** The command line, the worker process and its threads: ES modules for Node 20. @type {esbuild.BuildOptions} */
const worker = {
  ...common,
  entryPoints: {
    cli: 'worker/cli/main.ts',
    worker: 'worker/main.ts',
    ...Object.fromEntries(threads.map((path) => [`threads/${basename(path, '.thread.ts')}`, path])),
  },
  outdir: 'dist',
  platform: 'node',
  target: 'node20',
  format: 'esm',
  // onnxruntime-node finds its native library, and web-worker its own file, beside themselves
  external: ['onnxruntime-node', 'web-worker'],
  // CommonJS packages inside an ES module bundle call `require`
  banner: {
    js: "import { createRequire as bundleRequire } from 'node:module'; const require = bundleRequire(import.meta.url);",
  },
};

/** Leaves a window's code out of the bundle that VS Code loads to activate the extension. @type {esbuild.Plugin} */
const windowApart = {
  name: 'window-apart',
  setup: ({ onResolve }) => {
    onResolve({ filter: /^\.\/window\.ts$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: './window.cjs', external: true } : undefined,
    );
  },
};

/** The extension host's side: CommonJS, which VS Code loads fastest. @type {esbuild.BuildOptions} */
const extension = {
  ...common,
  entryPoints: { extension: 'extension/main.ts', window: 'extension/window.ts' },
  outdir: 'dist',
  outExtension: { '.js': '.cjs' },
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  external: ['vscode'],
  plugins: [windowApart],
  supported: { 'dynamic-import': false }, // `require`, which VS Code answers for 'vscode'
  minify: true, // a third of the time to load it is reading it
};

/** A script and a stylesheet for each page. @type {esbuild.BuildOptions} */
const webview = {
  ...common,
  entryPoints: Object.fromEntries(pages.map((name) => [name, `webview/${name}/index.ts`])),
  outdir: 'dist/webview',
  platform: 'browser',
  target: 'es2022',
  format: 'iife',
  loader: { '.ttf': 'file' },
  minify: true,
};

const bundles = [worker, extension, webview];

await rm(new URL('dist', root), { recursive: true, force: true });
if (process.argv.includes('--watch')) {
  for (const options of bundles) await (await esbuild.context(options)).watch();
} else {
  await Promise.all(bundles.map((options) => esbuild.build(options)));
  await chmod(new URL('dist/cli.js', root), 0o755);
}
