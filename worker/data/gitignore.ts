import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import ignore from 'ignore';
import type { Ignore } from 'ignore';

/** Whether names that differ in case are one name: git's core.ignoreCase as `git init` sets it. */
const ignoreCase = process.platform === 'win32' || process.platform === 'darwin';

/**
 * The .gitignore rules that hold in a folder: those of the repository's root, then of each folder on the way
 * down, where the last match wins. Immutable; `enter` gives the rules of a subfolder.
 */
export class IgnoreRules {
  readonly #base: string;
  readonly #rules: Ignore;

  private constructor(base: string, rules: Ignore) {
    this.#base = base;
    this.#rules = rules;
  }

  /**
   * Rules for a walk that begins in `folder`. Rules above it, up to the folder that holds `.git`, count too,
   * unless they ignore the folder itself: who names an ignored folder wants what is in it.
   */
  static for(folder: string): IgnoreRules {
    const root = repositoryRoot(folder);
    if (root === undefined || root === folder) return new IgnoreRules(folder, noRules()).enter(folder);
    let rules = new IgnoreRules(root, noRules());
    for (const above of foldersBetween(root, folder)) {
      if (above !== root && rules.ignores(above, true))
        return new IgnoreRules(folder, noRules()).enter(folder);
      rules = rules.enter(above);
    }
    return rules;
  }

  /** The rules inside a folder that these rules do not ignore. */
  enter(folder: string): IgnoreRules {
    const lines = ignoreFileLines(join(folder, '.gitignore'));
    if (lines.length === 0) return this;
    const prefix = this.#relative(folder).replace(/[\\*?[\]!# ]/g, '\\$&');
    const added = lines.map((line) => (prefix === '' ? line : rebase(line, prefix)));
    return new IgnoreRules(this.#base, noRules().add(this.#rules).add(added));
  }

  ignores(path: string, isFolder: boolean): boolean {
    return this.#rules.ignores(this.#relative(path) + (isFolder ? '/' : ''));
  }

  #relative(path: string): string {
    return relative(this.#base, path).split(sep).join('/');
  }
}

function noRules(): Ignore {
  return ignore({ ignoreCase });
}

/** A rule of a .gitignore in the folder `prefix`, as a rule of the root. A pattern without a slash matches at any depth. */
function rebase(line: string, prefix: string): string {
  const negated = line.startsWith('!');
  const pattern = negated ? line.slice(1) : line;
  const anchored = pattern.trimEnd().slice(0, -1).includes('/');
  const path = anchored ? `${prefix}/${pattern.replace(/^\//, '')}` : `${prefix}/**/${pattern}`;
  return `${negated ? '!' : ''}/${path}`;
}

function ignoreFileLines(path: string): string[] {
  try {
    const lines = readFileSync(path, 'utf8')
      .replace(/^\uFEFF/, '')
      .split(/\r?\n/);
    return lines.filter((line) => line.trim() !== '' && !line.startsWith('#'));
  } catch {
    return []; // no such file, or one that git could not read either
  }
}

function repositoryRoot(folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, '.git'))) return at;
    if (dirname(at) === at) return undefined;
  }
}

/** `root`, every folder below it on the way to `folder`, and `folder`. */
function foldersBetween(root: string, folder: string): string[] {
  const parts = relative(root, folder).split(sep);
  return [root, ...parts.map((_, i) => join(root, ...parts.slice(0, i + 1)))];
}
