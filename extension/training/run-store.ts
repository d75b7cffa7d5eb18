/** All runs in the folder of runs, whoever trains them. */
import { type FSWatcher, mkdirSync, watch } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Series } from '../../webview/protocol/training.ts';
import { RunFolder, runOwner, TRAINER_FILE } from '../../worker/protocol/run-files.ts';
import type { Disposable } from '../platform/disposable.ts';
import { Emitter } from './emitter.ts';
import { readLog } from './run-log.ts';
import { SeriesRecorder } from './series.ts';
import { readRun, type StoredRun } from './stored-run.ts';

/** Changes that follow each other are read together after this time, in ms. */
const DEBOUNCE = 300;
/** How often runs are looked at while a process trains one, in ms. */
const POLL = 2000;
/** How often otherwise: a run that goes on in another window changes nothing in the folder of runs itself. */
const REST = 5000;

export class RunStore implements Disposable {
  #folder: string;
  #runs: readonly StoredRun[] = [];
  #reading: Promise<void> | undefined;
  #isStale = false;
  /** Whether a process is at work on one of the runs. */
  #isMoving = false;
  #watcher: FSWatcher | undefined;
  #timer: NodeJS.Timeout | undefined;
  readonly #cache = new Map<string, { readonly version: string; readonly run: StoredRun }>();
  readonly #change = new Emitter<undefined>();
  readonly onDidChange = this.#change.event;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The newest first, as of the last {@link refresh}. */
  get runs(): readonly StoredRun[] {
    return this.#runs;
  }

  get folder(): string {
    return this.#folder;
  }

  find(path: string): StoredRun | undefined {
    return this.#runs.find((run) => run.path === path);
  }

  /** Reads another folder from now on. */
  async setFolder(folder: string): Promise<void> {
    if (folder === this.#folder) return;
    const isWatched = this.#watcher !== undefined;
    this.#unwatch();
    this.#folder = folder;
    if (isWatched) this.watch();
    await this.refresh();
  }

  /** Reads what has changed. Calls during a reading share the one after it. */
  async refresh(): Promise<void> {
    this.#isStale = true;
    this.#reading ??= this.#readWhileStale().finally(() => (this.#reading = undefined));
    return this.#reading;
  }

  /** Everything measured in a run, from its file. */
  async series(path: string): Promise<Series> {
    const recorder = new SeriesRecorder();
    for (const event of await readLog(new RunFolder(path).metricsPath)) recorder.add(event);
    return recorder.series;
  }

  /** Keeps the list up to date from now on. A folder that can not be made or watched is read at refreshes only. */
  watch(): void {
    try {
      mkdirSync(this.#folder, { recursive: true });
      this.#watcher = watch(this.#folder, { persistent: false }, () => this.#refreshIn(DEBOUNCE));
      this.#watcher.on('error', () => this.#unwatch());
    } catch {
      this.#unwatch();
    }
  }

  dispose(): void {
    this.#unwatch();
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #unwatch(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
  }

  #refreshIn(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.refresh(), ms);
    this.#timer.unref();
  }

  async #readWhileStale(): Promise<void> {
    while (this.#isStale) {
      this.#isStale = false;
      const runs = await this.#read();
      if (isDeepStrictEqual(runs, this.#runs)) continue;
      this.#runs = runs;
      this.#change.fire(undefined);
    }
    if (this.#watcher !== undefined) this.#refreshIn(this.#isMoving ? POLL : REST);
  }

  async #read(): Promise<StoredRun[]> {
    const entries = await readdir(this.#folder, { withFileTypes: true }).catch(() => []);
    const paths = entries
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map(({ name }) => join(this.#folder, name));
    for (const path of this.#cache.keys()) if (!paths.includes(path)) this.#cache.delete(path);
    const runs: StoredRun[] = [];
    this.#isMoving = false;
    for (const path of paths) {
      const run = await this.#readCached(path);
      if (run !== undefined) runs.push(run);
      // a folder without a record may be a run that is being prepared
      if ((run === undefined ? runOwner(path) : run.owner) !== undefined) this.#isMoving = true;
    }
    return runs.sort((a, b) => b.createdAt.localeCompare(a.createdAt) || a.name.localeCompare(b.name));
  }

  async #readCached(path: string): Promise<StoredRun | undefined> {
    const version = await versionOf(new RunFolder(path));
    const cached = this.#cache.get(path);
    if (cached?.version === version) return { ...cached.run, owner: runOwner(path) };
    const run = await readRun(path);
    if (run === undefined) this.#cache.delete(path);
    else this.#cache.set(path, { version, run });
    return run;
  }
}

/** Changes with every file that a run's line is made from. */
async function versionOf(folder: RunFolder): Promise<string> {
  const { recordPath, metricsPath, checkpointsPath } = folder;
  const trainer = join(checkpointsPath, 'last', TRAINER_FILE);
  const best = join(checkpointsPath, 'best', TRAINER_FILE);
  const files = await Promise.all(
    [recordPath, metricsPath, trainer, best].map((path) => stat(path).catch(() => undefined)),
  );
  return files.map((file) => (file === undefined ? '-' : `${file.size}:${file.mtimeMs}`)).join(' ');
}
