/**
 * The hidden folder beside the one to make, in which an import gathers what it needs, over several tries if it must. It is
 * on the same disk: what is there is only renamed at the end.
 */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { ClozeError } from '../base/errors.ts';
import { diskError, linkOrCopy } from '../base/files.ts';
import { realPath } from '../base/real-path.ts';
import { jsonFile, writeFiles } from '../checkpoints/content.ts';
import { isModelFile } from '../checkpoints/folder.ts';
import { IMPORT_RECORD, type ImportRecord } from '../checkpoints/import-record.ts';
import { replaceFolder } from '../checkpoints/replace.ts';
import { RunLock } from '../training/lock.ts';

export class ImportPlace {
  /** The folder to make. */
  readonly out: string;
  /** Contents by hash, whole and in part. */
  readonly contents: string;
  /** The model's folder as it is to be, complete only at the end. */
  readonly model: string;
  readonly #path: string;
  readonly #lock: RunLock;

  private constructor(out: string, path: string, lock: RunLock) {
    this.out = out;
    this.#path = path;
    this.contents = join(path, 'contents');
    this.model = join(path, 'model');
    this.#lock = lock;
  }

  /** Throws `locked` if another import is at work there, `disk`. */
  static async open(out: string): Promise<ImportPlace> {
    const target = realPath(out);
    const path = join(dirname(target), `.${basename(target)}.import`);
    try {
      mkdirSync(path, { recursive: true });
    } catch (error) {
      throw diskError(path, error);
    }
    const place = new ImportPlace(out, path, await RunLock.acquire(path));
    rmSync(place.model, { recursive: true, force: true }); // what a killed import has left of it
    mkdirSync(place.model);
    return place;
  }

  /** Puts files under their names into the model's folder; they stay where they are, too. Throws `disk`. */
  add(files: ReadonlyMap<string, string>): void {
    for (const [name, path] of files) {
      const target = join(this.model, name);
      try {
        if (!existsSync(target)) linkOrCopy(path, target);
      } catch (error) {
        throw diskError(target, error);
      }
    }
  }

  /** Puts the model's folder in its place, whole. Throws `disk`, `usage` as `replaceFolder`. */
  finish(record: ImportRecord): void {
    writeFiles(this.model, { [IMPORT_RECORD]: jsonFile(record) });
    const move = (temporary: string): void => {
      for (const name of readdirSync(this.model)) renameSync(join(this.model, name), join(temporary, name));
    };
    replaceFolder(this.out, move, isModelFile);
  }

  /** Runs an import here. What has come stays for another try, unless it is of no use. */
  async use<T>(act: () => Promise<T>): Promise<T> {
    let keep = false;
    try {
      return await act();
    } catch (error) {
      keep = !isUseless(error) && existsSync(this.contents) && readdirSync(this.contents).length > 0;
      throw keep && error instanceof ClozeError && error.code === 'cancelled' ? this.#cancelled() : error;
    } finally {
      rmSync(this.model, { recursive: true, force: true });
      if (!keep) rmSync(this.#path, { recursive: true, force: true }); // the lock's file with it: no other import has it before
      this.#lock.release();
    }
  }

  #cancelled(): ClozeError {
    return new ClozeError('cancelled', 'cancelled', {
      hint: `import the same again: it goes on from what is kept in ${this.#path}; without that folder it begins anew`,
    });
  }
}

/** Whether what came is what was asked for, and no model for Cloze: another try would end in the same way. */
function isUseless(error: unknown): boolean {
  return error instanceof ClozeError && ['checkpoint', 'model', 'tokenizer', 'config'].includes(error.code);
}
