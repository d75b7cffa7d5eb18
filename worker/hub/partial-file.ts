/** A file that comes in pieces, perhaps over several tries: it is known by its content's hash, not by its name. */
import { existsSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { diskError, writeFileAtomic } from '../base/files.ts';
import { contentHasher, type Hasher, updateFromFile } from './content-hasher.ts';
import type { RemoteFile } from './listing.ts';

export class PartialFile {
  readonly file: RemoteFile;
  /** Where it is once it is whole and its hash is right. */
  readonly path: string;
  readonly #part: string;
  /** Holds the entity tag of the answer that the part comes from. */
  readonly #tag: string;

  constructor(folder: string, file: RemoteFile) {
    this.file = file;
    this.path = join(folder, file.hash.hex);
    this.#part = `${this.path}.part`;
    this.#tag = `${this.path}.etag`;
  }

  get isWhole(): boolean {
    return existsSync(this.path);
  }

  /** Bytes that are there. */
  get bytes(): number {
    if (this.isWhole) return this.file.bytes;
    return statSync(this.#part, { throwIfNoEntry: false })?.size ?? 0;
  }

  /** Undefined where there is none that says for certain that two contents are the same (RFC 9110, 8.8.1). */
  get entityTag(): string | undefined {
    if (!existsSync(this.#tag)) return undefined;
    const tag = readFileSync(this.#tag, 'utf8');
    return /^"[^"]*"$/.test(tag) ? tag : undefined;
  }

  /** Leaves nothing of it. */
  startOver(): void {
    if (existsSync(this.#part)) truncateSync(this.#part, 0);
    rmSync(this.#tag, { force: true });
  }

  /** From now on the bytes are of the answer with this tag. Throws `disk`. */
  async setEntityTag(tag: string | null): Promise<void> {
    if (tag === null) rmSync(this.#tag, { force: true });
    else await writeFileAtomic(this.#tag, tag);
  }

  /** Appends pieces as they come; what has come before one fails stays. Throws `disk`, and what `pieces` throws. */
  async append(pieces: AsyncIterable<Uint8Array>, onBytes: (bytes: number) => void): Promise<void> {
    const handle = await open(this.#part, 'a').catch((error: unknown) => {
      throw diskError(this.#part, error);
    });
    try {
      for await (const piece of pieces) {
        try {
          await handle.writeFile(piece);
        } catch (error) {
          throw diskError(this.#part, error);
        }
        onBytes(piece.length);
      }
    } finally {
      await handle.close();
    }
  }

  /** Whether the content is what the listing says; if so the file is whole from then on. Throws `disk`. */
  async finish(): Promise<boolean> {
    const { hash, bytes } = this.file;
    const hasher: Hasher = contentHasher(hash.algorithm, bytes);
    await updateFromFile(hasher, this.#part);
    if (hasher.hex() !== hash.hex) return false;
    try {
      const handle = await open(this.#part, 'r+');
      await handle.sync().finally(() => handle.close());
      await rename(this.#part, this.path);
      await rm(this.#tag, { force: true });
    } catch (error) {
      throw diskError(this.path, error);
    }
    return true;
  }
}
