/** Whether it names a new folder in another one, and no place elsewhere. */
export function isFolderName(name: string): boolean {
  return name !== '.' && name !== '..' && /^[^/\\]+$/.test(name);
}
