/** Why a file or folder did not become a document. A folder that is left out whole counts once. */
export const REASONS = {
  ignored: 'named in a .gitignore',
  vendored: 'version control, dependencies or build output',
  symlink: 'a symbolic link inside a folder',
  secret: 'holds or is named like a secret',
  lock: 'a lock file',
  binary: 'binary',
  'too-large': 'larger than the limit',
  minified: 'minified or generated on very long lines',
  'not-utf8': 'not UTF-8',
  empty: 'nothing but white space',
  duplicate: 'the same content as another file',
  unreadable: 'unreadable',
} as const;

export type Reason = keyof typeof REASONS;

/** How many files (or whole folders) were left out, by reason; reasons that did not occur are absent. */
export type LeftOut = Partial<Record<Reason, number>>;

/** "3 binary, 1 empty", or "nothing". */
export function describeLeftOut(leftOut: LeftOut): string {
  const counts = Object.entries(leftOut).map(([reason, count]) => `${count} ${reason}`);
  return counts.length > 0 ? counts.join(', ') : 'nothing';
}
