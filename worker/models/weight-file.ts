/** Weights on their way to ONNX Runtime, in a file that it maps: none of them stays in the memory of the process twice. */
import { closeSync, mkdirSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { ClozeError, messageOf, systemCode } from '../base/errors.ts';
import type { DeviceState } from '../runtime/state.ts';
import type { StateValue } from './quantised.ts';

const NAME = /^(\d+)-\d+\.weights$/;

/** Every value begins at a multiple of this. */
const ALIGNMENT = 64;

let count = 0;

/**
 * A temporary file of values that states refer to. It must stay until the programs that have them frozen are compiled;
 * then it can be removed. What a process has left that was killed is removed by the next.
 */
export class WeightFile {
  readonly path: string;
  #file: number | undefined;
  #end = 0;

  /** Makes a file in `folder`. Throws `disk`. */
  constructor(folder: string) {
    this.path = join(folder, `${process.pid}-${++count}.weights`);
    try {
      mkdirSync(folder, { recursive: true });
      removeAbandoned(folder);
      this.#file = openSync(this.path, 'wx');
    } catch (error) {
      throw unwritable(this.path, error);
    }
  }

  /** Writes the value, and lets the state refer to it. Throws `disk`. */
  add({ name, dtype, shape, data }: StateValue, state: DeviceState): void {
    const offset = Math.ceil(this.#end / ALIGNMENT) * ALIGNMENT;
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    try {
      for (let done = 0; done < bytes.length;)
        done += writeSync(this.#file!, bytes, done, bytes.length - done, offset + done);
    } catch (error) {
      this.remove();
      throw unwritable(this.path, error);
    }
    this.#end = offset + bytes.length;
    state.refer(name, { dtype, shape }, { path: this.path, offset });
  }

  /** Ends writing. */
  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  /** A system that does not let go of a file that is mapped leaves it to the next process. */
  remove(): void {
    this.close();
    try {
      rmSync(this.path, { force: true });
    } catch {
      // see above
    }
  }
}

function removeAbandoned(folder: string): void {
  for (const name of readdirSync(folder)) {
    const owner = Number(NAME.exec(name)?.[1]);
    if (Number.isNaN(owner) || isAlive(owner)) continue;
    try {
      rmSync(join(folder, name), { force: true });
    } catch {
      // another process removes it, too
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
}

function unwritable(path: string, error: unknown): ClozeError {
  return new ClozeError('disk', `cannot write the weights to ${path}: ${messageOf(error)}`, {
    cause: error,
    hint: 'make room there, or name another folder for caches in CLOZE_CACHE',
    details: { path },
  });
}
