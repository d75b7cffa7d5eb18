/** What an export may replace. */
import { closeSync, existsSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ClozeError } from '../base/errors.ts';
import { isModelFile } from '../checkpoints/folder.ts';
import { ONNX_FILES, ONNX_FOLDER } from '../export/onnx/folder.ts';
import { requireOutside } from './free-folder.ts';

/** Whether an entry of a folder is a file that exports write, or their folder of such files. */
export function isExportedFile(folder: string, entry: string): boolean {
  if (entry !== ONNX_FOLDER) return isModelFile(entry);
  const path = join(folder, entry);
  return statSync(path).isDirectory() && readdirSync(path).every((file) => ONNX_FILES.includes(file));
}

/** Throws `usage` where a GGUF file can not be written, or is there and may not be replaced. */
export function requireFreeFile(path: string, sources: readonly string[], force: boolean): void {
  requireOutside(path, sources);
  if (!path.endsWith('.gguf') || (existsSync(path) && statSync(path).isDirectory())) {
    throw new ClozeError('usage', `expected the name of a .gguf file to write, got ${path}`, {
      hint: `for example ${join(path, 'model.gguf')}`,
      details: { path },
    });
  }
  if (!existsSync(path) || (force && isGguf(path))) return;
  throw new ClozeError('usage', `${path} is there already${force ? ', and no GGUF file' : ''}`, {
    hint: force ? 'choose another name' : 'choose another name, or replace it with --force',
    details: { path },
  });
}

function isGguf(path: string): boolean {
  const fd = openSync(path, 'r');
  try {
    const magic = Buffer.alloc(4);
    readSync(fd, magic, 0, magic.length, 0);
    return magic.toString('latin1') === 'GGUF';
  } finally {
    closeSync(fd);
  }
}
