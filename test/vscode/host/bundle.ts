/** Bundles what runs inside the extension host: the test entry and every suite, as one CommonJS file. */
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { globby } from 'globby';

/** mocha loads its own parts by path, so it stays where it is; the bundle may be anywhere. */
const mocha = fileURLToPath(import.meta.resolve('mocha'));

/**
 * Builds the bundle, with its source map beside it. It exports `serve(socketPath)`, for a window that is driven from
 * outside, and `run()`, which runs all suites at once.
 */
export async function bundleSuites(outfile: string): Promise<void> {
  const folder = fileURLToPath(new URL('..', import.meta.url));
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
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    sourcemap: true,
    alias: { mocha },
    external: ['vscode', mocha],
    logLevel: 'warning',
  });
}
