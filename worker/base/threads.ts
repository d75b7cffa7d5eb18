import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import WebWorker from 'web-worker';
import { ClozeError, throwIfCancelled } from './errors.ts';
import type { ThreadKind } from './thread-entry.ts';
import { ReplySchema, revive } from './thread-entry.ts';

/** The part of the Web Worker interface that the pool uses. */
interface Thread {
  onmessage: ((event: { data: unknown }) => void) | null;
  onerror: ((event: unknown) => void) | null;
  onclose: (() => void) | null;
  postMessage(message: { id: number; task: unknown }): void;
  terminate(): void;
}

interface Job<Task, Result> {
  readonly task: Task;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
  readonly onProgress: ((value: number) => void) | undefined;
}

/**
 * A few threads that work through typed tasks, one each at a time. A signal that fires ends the threads at once and
 * rejects what is under way as `cancelled`. Close it when done: it keeps the process alive.
 */
export class ThreadPool<Task, Result> {
  readonly size: number;
  readonly #kind: ThreadKind<Task, Result>;
  readonly #signal: AbortSignal | undefined;
  readonly #idle: Thread[];
  readonly #threads: readonly Thread[];
  readonly #waiting: Job<Task, Result>[] = [];
  readonly #running = new Map<number, Job<Task, Result>>();
  #lastId = 0;
  #ended: Error | undefined;
  readonly #onAbort = (): void => this.#end(new ClozeError('cancelled', 'cancelled'));

  constructor(kind: ThreadKind<Task, Result>, size: number, options: { signal?: AbortSignal } = {}) {
    throwIfCancelled(options.signal);
    this.#kind = kind;
    this.size = size;
    this.#signal = options.signal;
    this.#threads = Array.from({ length: size }, () => this.#start());
    this.#idle = [...this.#threads];
    this.#signal?.addEventListener('abort', this.#onAbort);
  }

  /** The result of one task. Rejects with what the thread's handler threw. */
  run(task: Task, onProgress?: (value: number) => void): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ task, resolve, reject, onProgress });
      this.#dispatch();
    });
  }

  /**
   * Runs every task and hands on each result as it comes, in any order. Takes tasks no faster than threads free up,
   * so that a long stream of them is never held in memory.
   */
  async forEach(
    tasks: Iterable<Task> | AsyncIterable<Task>,
    onResult: (result: Result) => void,
  ): Promise<void> {
    const running = new Set<Promise<void>>();
    for await (const task of tasks) {
      const job = this.run(task).then((result) => {
        running.delete(job);
        onResult(result);
      });
      running.add(job);
      job.catch(() => undefined); // a failure stays in `running` and is thrown by the next wait
      if (running.size > this.size) await Promise.race(running);
    }
    await Promise.all(running);
  }

  close(): void {
    this.#end(new Error('the thread pool was closed'));
  }

  #start(): Thread {
    const thread = new WebWorker(threadUrl(this.#kind.entry), { type: 'module' }) as Thread;
    thread.onmessage = ({ data }) => this.#receive(thread, data);
    thread.onerror = (error) => this.#end(asError(error));
    thread.onclose = () => this.#end(new Error(`thread ${this.#kind.entry} ended unexpectedly`));
    return thread;
  }

  #receive(thread: Thread, data: unknown): void {
    const reply = ReplySchema.parse(data);
    const job = this.#running.get(reply.id);
    if (job === undefined) return; // the pool has ended
    if (reply.type === 'progress') {
      job.onProgress?.(reply.value);
      return;
    }
    this.#running.delete(reply.id);
    if (reply.type === 'failed') {
      job.reject(revive(reply));
    } else {
      const result = this.#kind.result.safeParse(reply.result);
      if (result.success) job.resolve(result.data);
      else job.reject(result.error);
    }
    this.#idle.push(thread);
    this.#dispatch();
  }

  #dispatch(): void {
    if (this.#ended !== undefined) {
      for (const job of this.#waiting.splice(0)) job.reject(this.#ended);
    }
    while (this.#idle.length > 0 && this.#waiting.length > 0) {
      const job = this.#waiting.shift()!;
      const id = ++this.#lastId;
      this.#running.set(id, job);
      this.#idle.pop()!.postMessage({ id, task: job.task });
    }
  }

  #end(reason: Error): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    this.#signal?.removeEventListener('abort', this.#onAbort);
    for (const thread of this.#threads) thread.terminate();
    for (const job of this.#running.values()) job.reject(reason);
    this.#running.clear();
    this.#dispatch();
  }
}

/**
 * Where a thread's code is. In a bundle: dist/threads/NAME.js. From source, where tsx loads TypeScript: a few lines
 * that register tsx in the new thread, as a thread does not inherit it, and import the entry.
 */
function threadUrl(entry: string): URL {
  const fromSource = import.meta.url.endsWith('.ts');
  const name = entry.slice(entry.lastIndexOf('/') + 1);
  const url = new URL(fromSource ? `../${entry}.thread.ts` : `./threads/${name}.js`, import.meta.url);
  if (!existsSync(fileURLToPath(url))) throw new Error(`no thread entry at ${fileURLToPath(url)}`);
  if (!fromSource) return url;
  const tsx = import.meta.resolve('tsx/esm/api');
  const code = `import { register } from '${tsx}'; register(); await import('${url.href}');`;
  return new URL(`data:text/javascript,${encodeURIComponent(code)}`);
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
