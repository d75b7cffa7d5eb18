/** What an export may replace. */
import { closeSync, existsSync, openSync, readdirSync, readSync, realpathSync, statSync } from 'node:fs';
import { isAbsolute, join, relative } from 'node:path';
import { ClozeError } from '../base/errors.ts';
import { isModelFile } from '../checkpoints/folder.ts';
import { baseChain } from '../checkpoints/peft.ts';
import { ONNX_FILES, ONNX_FOLDER } from '../export/onnx/folder.ts';

/** Whether an entry of a folder is a file that exports write, or their folder of such files. */
export function isExportedFile(folder: string, entry: string): boolean {
  if (entry !== ONNX_FOLDER) return isModelFile(entry);
  const path = join(folder, entry);
  return statSync(path).isDirectory() && readdirSync(path).every((file) => ONNX_FILES.includes(file));
}

/** Throws `usage` where a folder holds something and may not be replaced. */
export function requireFreeFolder(folder: string, source: string, force: boolean): void {
  requireOutside(folder, source);
  if (force || !existsSync(folder) || readdirSync(folder).length === 0) return;
  throw new ClozeError('usage', `${folder} is there already, and not empty`, {
    hint: 'choose another folder, or replace it with --force',
    details: { folder },
  });
}

/** Throws `usage` where a GGUF file can not be written, or is there and may not be replaced. */
export function requireFreeFile(path: string, source: string, force: boolean): void {
  requireOutside(path, source);
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

/** `source` and, of an adapter, its bases stay as they are whatever is forced. */
function requireOutside(path: string, source: string): void {
  const target = existsSync(path) ? realpathSync(path) : path;
  if (!baseChain(source).some((own) => isWithin(realpathSync(own), target))) return;
  throw new ClozeError('usage', `${path} is in the model's own folder`, { hint: 'choose another one' });
}

/** Whether a path is a folder or within it; on Windows there is no way from one drive to another. */
function isWithin(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '..' && !/^\.\.[\\/]/.test(way) && !isAbsolute(way);
}
