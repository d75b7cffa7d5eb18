/** The files of a repository to a folder of contents, from which a broken or cancelled import goes on. */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { ClozeError } from '../base/errors.ts';
import { diskError } from '../base/files.ts';
import type { HubConnection } from './connection.ts';
import { fetchFile } from './fetch-file.ts';
import type { Listing, RemoteFile } from './listing.ts';
import { PartialFile } from './partial-file.ts';

/** How far the files are that are known to be needed. */
export interface FetchProgress {
  /** The one that comes now. */
  readonly file: string;
  /** Bytes of all. */
  readonly done: number;
  readonly total: number;
  /** Whole files, and files in all. */
  readonly files: number;
  readonly of: number;
}

/** Left free on the disk beside what is fetched, in bytes. */
const SPARE = 64 * 1024 ** 2;

/** Between two words of progress, in ms. */
const INTERVAL = 100;

/** A folder of contents by their hashes. */
export class Download {
  readonly #hub: HubConnection;
  readonly #listing: Listing;
  readonly #folder: string;
  readonly #onProgress: (progress: FetchProgress) => void;
  readonly #parts: PartialFile[] = [];
  /** When progress was last told. */
  #told = 0;

  /** Makes the folder. Throws `disk`. */
  constructor(
    hub: HubConnection,
    listing: Listing,
    folder: string,
    onProgress: (progress: FetchProgress) => void = () => undefined,
  ) {
    this.#hub = hub;
    this.#listing = listing;
    this.#folder = folder;
    this.#onProgress = onProgress;
    try {
      mkdirSync(folder, { recursive: true });
    } catch (error) {
      throw diskError(folder, error);
    }
  }

  /** Where the content of each fetched file is, by the file's name. */
  get paths(): ReadonlyMap<string, string> {
    return new Map(this.#parts.map(({ file, path }) => [file.name, path]));
  }

  /** What was fetched. */
  get files(): readonly RemoteFile[] {
    return this.#parts.map(({ file }) => file);
  }

  /** Fetches files of the listing that are not there. Throws `hub`, `credentials`, `disk`, `cancelled`. */
  async fetch(names: readonly string[]): Promise<void> {
    const parts = names.map((name) => {
      const file = this.#listing.files.find((listed) => listed.name === name);
      if (file === undefined) throw new ClozeError('hub', `${this.#hub.repository.name} lists no ${name}`);
      return new PartialFile(this.#folder, file);
    });
    this.#parts.push(...parts);
    await this.#requireSpace();
    for (const part of parts) {
      this.#tell(part);
      await fetchFile(this.#hub, this.#listing.commit, part, () => {
        if (performance.now() - this.#told >= INTERVAL) this.#tell(part);
      });
      this.#tell(part);
    }
  }

  /** Removes contents of an earlier try that no listed file has any more. */
  removeStale(): void {
    const listed = new Set(this.#listing.files.map(({ hash }) => hash.hex));
    for (const entry of readdirSync(this.#folder)) {
      if (!listed.has(entry.replace(/\.(part|etag)$/, ''))) rmSync(join(this.#folder, entry));
    }
  }

  #tell({ file }: PartialFile): void {
    this.#told = performance.now();
    this.#onProgress({
      file: file.name,
      done: this.#sum(({ bytes }) => bytes),
      total: this.#sum((part) => part.file.bytes),
      files: this.#sum(({ isWhole }) => Number(isWhole)),
      of: this.#parts.length,
    });
  }

  #sum(count: (part: PartialFile) => number): number {
    return this.#parts.reduce((sum, part) => sum + count(part), 0);
  }

  async #requireSpace(): Promise<void> {
    const needed = this.#sum((part) => part.file.bytes - part.bytes);
    const { bavail, bsize } = await statfs(this.#folder);
    const free = bavail * bsize;
    if (needed + SPARE <= free) return;
    throw new ClozeError(
      'disk',
      `${this.#hub.repository.name} needs ${needed} bytes more, ${this.#folder} has room for ${free}`,
      {
        hint: 'free some space, or choose a folder on another disk; what has come is kept',
        details: { needed, free, folder: this.#folder },
      },
    );
  }
}
