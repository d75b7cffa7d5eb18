/** Why a file or folder did not become a document. A folder that is left out whole counts once. */
export type Reason =
  | 'ignored' // named in a .gitignore
  | 'vendored' // a folder of version control, dependencies or build output
  | 'model' // the folder of a run or a model
  | 'symlink' // a symbolic link inside a folder
  | 'secret' // holds a key or token, or is named as files are that do
  | 'lock' // a lock file
  | 'binary' // has a NUL byte
  | 'too-large' // larger than the limit of a walk
  | 'minified' // by name, or mostly very long lines
  | 'not-utf8'
  | 'empty' // nothing but white space
  | 'duplicate' // the same bytes as an earlier file
  | 'unreadable'; // no permission, gone, or not a regular file

/** How many files (or whole folders) were left out, by reason; reasons that did not occur are absent. */
export type LeftOut = Partial<Record<Reason, number>>;

/** "3 binary, 1 empty", or "nothing". */
export function describeLeftOut(leftOut: LeftOut): string {
  const counts = Object.entries(leftOut).map(([reason, count]) => `${count} ${reason}`);
  return counts.length > 0 ? counts.join(', ') : 'nothing';
}
