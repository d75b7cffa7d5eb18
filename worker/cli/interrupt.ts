import { EXIT } from './exit.ts';

/** Thrown by a command that a person has interrupted and that has said all there is to say. */
export class Interrupted extends Error {
  constructor() {
    super('interrupted');
    this.name = 'Interrupted';
  }
}

/** Runs `body`; the first Ctrl-C (SIGINT) or SIGTERM calls `onInterrupt`, a second one ends the process at once. */
export async function withInterrupt<T>(onInterrupt: () => void, body: () => Promise<T>): Promise<T> {
  let isFirst = true;
  const handle = (): void => {
    if (!isFirst) process.exit(EXIT.interrupted);
    isFirst = false;
    onInterrupt();
  };
  process.on('SIGINT', handle);
  process.on('SIGTERM', handle);
  try {
    return await body();
  } finally {
    process.off('SIGINT', handle);
    process.off('SIGTERM', handle);
  }
}

/** Runs `body` with a signal that the first Ctrl-C aborts. */
export function cancellable<T>(body: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  return withInterrupt(
    () => controller.abort(),
    () => body(controller.signal),
  );
}
