/** Bundles what runs inside the extension host: the test entry and every suite, as one CommonJS file. */
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { globby } from 'globby';

const root = new URL('../../../', import.meta.url);

/** Inside the repository, so that `mocha` is found; ignored by git. */
export const BUNDLE = fileURLToPath(new URL('.cache/vscode-test/inside.cjs', root));

/**
 * Builds the bundle and gives its path. It exports `serve(socketPath)`, for a window that is driven from outside,
 * and `run()`, which runs all suites at once.
 */
export async function bundleSuites(): Promise<string> {
  const folder = fileURLToPath(new URL('test/vscode/', root));
  const suites = await globby('suites/*.suite.ts', { cwd: folder });
  const loads = suites.sort().map((path) => `await import('./${path}');`);
  await build({
    stdin: {
      resolveDir: folder,
      contents: `
        import { runAlone, serve as serveWith } from './inside/entry.ts';
        const load = async () => { ${loads.join(' ')} };
        export const serve = (socketPath) => serveWith(socketPath, load);
        export const run = () => runAlone(load);`,
    },
    outfile: BUNDLE,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    sourcemap: true,
    external: ['vscode', 'mocha'], // mocha loads its own parts by path
    logLevel: 'warning',
  });
  return BUNDLE;
}
