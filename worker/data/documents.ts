import { realpathSync, statSync } from 'node:fs';
import { parse, relative, resolve, sep } from 'node:path';
import picomatch from 'picomatch';
import { ClozeError, messageOf, systemCode } from '../base/errors.ts';
import type { Document } from './inspect.ts';
import { inspectFile } from './inspect.ts';
import type { Pace, Progress } from './pace.ts';
import { paced } from './pace.ts';
import type { LeftOut, Reason } from './reasons.ts';
import { describeLeftOut } from './reasons.ts';
import type { Found } from './walk.ts';
import { walk } from './walk.ts';

export interface CollectOptions {
  /**
   * Files, folders and globs, relative to the working directory. A folder or glob is walked: .gitignore is
   * honoured and vendored folders are left out. A path that begins with `!` is a glob to leave out.
   */
  readonly paths: readonly string[];
  /** Largest file that a walk takes, bytes (default 1 MiB). A file named itself may have any size. */
  readonly maxFileBytes?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

export interface Collection {
  /** Sorted by path, no two with the same content. */
  readonly documents: readonly Document[];
  readonly leftOut: LeftOut;
}

const DEFAULT_MAX_FILE_BYTES = 1 << 20;

/**
 * Files, folders and globs to documents, with a count of what was left out by reason. Reads each file once, in
 * bounded memory. Throws `data` for a path that does not exist, a glob that matches nothing, or when nothing is
 * left; `cancelled`.
 */
export async function collectDocuments(options: CollectOptions): Promise<Collection> {
  const { maxFileBytes = DEFAULT_MAX_FILE_BYTES } = options;
  const leftOut: LeftOut = {};
  const count = (reason: Reason) => (leftOut[reason] = (leftOut[reason] ?? 0) + 1);
  const pace = paced('collect', options);

  const candidates = await findFiles(options.paths, count, pace);
  const documents: Document[] = [];
  const hashes = new Set<string>();
  for (const [path, named] of candidates) {
    const result = inspectFile(path, named, maxFileBytes);
    if (typeof result === 'string') count(result);
    else if (hashes.has(result.hash)) count('duplicate');
    else {
      hashes.add(result.hash);
      documents.push(result);
      pace.add(1, result.bytes);
    }
    await pace.breathe();
  }
  pace.end();
  if (documents.length === 0) {
    throw new ClozeError(
      'data',
      `expected at least one text file in ${options.paths.join(', ')}; left out: ${describeLeftOut(leftOut)}`,
      {
        hint: 'name other files or folders; a file that is named itself is taken whatever its size or .gitignore',
        details: { paths: options.paths, leftOut },
      },
    );
  }
  return { documents, leftOut };
}

/** The files to look into, sorted, and whether the user named each himself. A file met twice is kept once. */
async function findFiles(
  paths: readonly string[],
  count: (reason: Reason) => void,
  pace: Pace,
): Promise<[path: string, named: boolean][]> {
  const excluded = paths.filter((path) => path.startsWith('!')).map((path) => exclusion(path.slice(1)));
  const files = new Map<string, boolean>();
  const skipped = new Map<string, Reason>();
  for (const path of paths) {
    if (path.startsWith('!')) continue;
    for (const found of findIn(path)) {
      if (excluded.some((matches) => matches(found.path))) continue;
      if (found.reason !== undefined) skipped.set(found.path, found.reason);
      else files.set(found.path, found.named || files.get(found.path) === true);
      await pace.breathe();
    }
  }
  for (const [path, reason] of skipped) if (!files.has(path)) count(reason);
  return [...files].sort(([a], [b]) => (a < b ? -1 : 1));
}

type Candidate = Found & { readonly named: boolean };

/** What one argument stands for: a name that exists is never taken as a glob. */
function* findIn(argument: string): Generator<Candidate> {
  const path = existing(argument);
  if (path === undefined) yield* findGlob(argument);
  else if (statSync(path).isDirectory()) for (const found of walk(path)) yield { ...found, named: false };
  else yield { path, isFolder: false, named: true };
}

function* findGlob(pattern: string): Generator<Candidate> {
  const { base, glob, isGlob } = picomatch.scan(slashes(pattern));
  const folder = isGlob ? existing(base) : undefined;
  if (folder === undefined) {
    throw new ClozeError('data', `no such file or folder: ${pattern}`, {
      hint: `paths are relative to ${process.cwd()}`,
      details: { path: pattern },
    });
  }
  const matches = matcher(folder, glob);
  let matched = 0;
  for (const found of walk(folder)) {
    if (!found.isFolder && !matches(found.path)) continue;
    if (!found.isFolder) matched++;
    yield { ...found, named: false };
  }
  if (matched === 0) {
    throw new ClozeError('data', `no file below ${folder} matches ${pattern}`, {
      hint: 'ignored and vendored folders are not searched unless the pattern begins inside them',
      details: { path: pattern },
    });
  }
}

/** Matches what a `!` argument leaves out: a path with all below it, or a glob; one with a leading `**` holds anywhere. */
function exclusion(pattern: string): (path: string) => boolean {
  const { base, glob, isGlob } = picomatch.scan(slashes(pattern));
  const folder = glob.startsWith('**/') && base === '' ? parse(process.cwd()).root : resolve(base);
  if (isGlob) return matcher(existing(folder) ?? folder, glob);
  const named = existing(folder) ?? folder;
  return (path) => path === named || path.startsWith(named + sep);
}

/** Whether an absolute path, taken relative to a folder, matches a glob. */
function matcher(folder: string, glob: string): (path: string) => boolean {
  const isMatch = picomatch(glob, { dot: true });
  return (path) => isMatch(slashes(relative(folder, path)));
}

/** The real, absolute path of something that exists; undefined if nothing has that name. */
function existing(path: string): string | undefined {
  try {
    return realpathSync(resolve(path));
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return undefined;
    throw new ClozeError('data', `cannot read ${path}: ${messageOf(error)}`, {
      cause: error,
      details: { path },
    });
  }
}

function slashes(path: string): string {
  return sep === '\\' ? path.replaceAll('\\', '/') : path;
}
