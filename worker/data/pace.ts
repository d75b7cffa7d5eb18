import { setImmediate } from 'node:timers/promises';
import { throwIfCancelled } from '../base/errors.ts';

export interface Progress {
  /** collect: files are found and read through; encode: text, or examples, become tokens. */
  readonly phase: 'collect' | 'encode';
  /** So far in this phase, or examples where they are what is encoded. */
  readonly files: number;
  readonly bytes: number;
  /** Of the whole phase, where it is known. */
  readonly totalBytes?: number;
}

/** Keeps a long loop of synchronous work cancellable and reports how far it is. */
export interface Pace {
  add(files: number, bytes: number): void;
  /** Every 50 ms: lets events through, then throws `cancelled` or reports progress. */
  breathe(): Promise<void>;
  /** Reports the end of the phase. */
  end(): void;
}

const INTERVAL_MS = 50;

export function paced(
  phase: Progress['phase'],
  options: {
    readonly signal?: AbortSignal | undefined;
    readonly onProgress?: ((progress: Progress) => void) | undefined;
  },
  totalBytes?: number,
): Pace {
  const { signal, onProgress } = options;
  let files = 0;
  let bytes = 0;
  let last = performance.now();
  throwIfCancelled(signal);
  const report = () =>
    onProgress?.({ phase, files, bytes, ...(totalBytes === undefined ? {} : { totalBytes }) });
  return {
    add(moreFiles, moreBytes) {
      files += moreFiles;
      bytes += moreBytes;
    },
    async breathe() {
      if (performance.now() - last < INTERVAL_MS) return;
      await setImmediate();
      throwIfCancelled(signal);
      report();
      last = performance.now();
    },
    end: report,
  };
}
