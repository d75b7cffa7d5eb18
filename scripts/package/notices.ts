/** The licences of the packages whose code is in the VSIX. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';

const PackageSchema = z.object({
  name: z.string(),
  version: z.string(),
  license: z.string(),
  author: z.union([z.string(), z.object({ name: z.string() }).transform(({ name }) => name)]).optional(),
});
const SourceMapSchema = z.object({ sources: z.array(z.string()) });

/** Licences of packages that ship none, by name, and the text of the MIT licence. */
const LICENCES = fileURLToPath(new URL('licences/', import.meta.url));

/**
 * @param shipped Paths of shipped files from the root; those that are bundles have a source map beside them.
 * @param runtime Paths of files that are shipped as they are in node_modules.
 */
export function thirdPartyNotices(
  root: string,
  shipped: readonly string[],
  runtime: readonly string[],
): string {
  const maps = shipped.map((path) => `${root}${path}.map`).filter(existsSync);
  const sources = [...maps.flatMap(sourcesOf), ...runtime.map((path) => root + path)];
  const folders = new Set(sources.flatMap((path) => packageFolder(root, relative(root, path)) ?? []));
  const notices = [...folders].sort().map((folder) => notice(join(root, folder)));
  return ['Cloze contains code of these packages.', ...notices].join(`\n\n${'-'.repeat(80)}\n\n`) + '\n';
}

/** Absolute paths of what a bundle was made from. */
function sourcesOf(map: string): string[] {
  const { sources } = SourceMapSchema.parse(JSON.parse(read(map)));
  return sources.map((source) => join(dirname(map), source));
}

/**
 * `a/node_modules/b/c.js` is in `a/node_modules/b`, our own files in no package. Where a package's own source map tells of
 * a place that it was built at, the package of that name is meant which is further out.
 */
function packageFolder(root: string, path: string): string | undefined {
  const folder = /^.*node_modules\/(@[^/]+\/)?[^/]+/.exec(path)?.[0];
  if (folder === undefined || existsSync(join(root, folder, 'package.json'))) return folder;
  const outside = folder.replace(/(@[^/]+\/)?[^/]+\/node_modules\/(?=(@[^/]+\/)?[^/]+$)/, '');
  return outside === folder ? folder : packageFolder(root, `${outside}/`);
}

function notice(folder: string): string {
  const manifest = PackageSchema.parse(JSON.parse(read(join(folder, 'package.json'))));
  const { name, version, license } = manifest;
  const shipped = readdirSync(folder).filter((file) =>
    /^(licen[cs]e|copying|notice|third-?party)/i.test(file),
  );
  const texts = shipped.length > 0 ? shipped.map((file) => read(join(folder, file))) : [ownText(manifest)];
  return [`${name} ${version} (${license})`, ...texts.map((text) => text.trim())].join('\n\n');
}

/** The licence of a package that ships no text of it. */
function ownText({ name, license, author }: z.infer<typeof PackageSchema>): string {
  const own = join(LICENCES, `${name.replace('/', '__')}.txt`);
  if (existsSync(own)) return read(own);
  if (license !== 'MIT') throw new Error(`${name} ships no licence text (${license}): expected it as ${own}`);
  return `Copyright (c) ${author ?? `the authors of ${name}`}\n\n${read(join(LICENCES, 'MIT.txt'))}`;
}

function read(path: string): string {
  return readFileSync(path, 'utf8');
}
