/**
 * Runs `body`; the first Ctrl-C (SIGINT) or SIGTERM calls `onInterrupt`, a second one ends the process at once, as
 * it would without us.
 */
export async function withInterrupt<T>(onInterrupt: () => void, body: () => Promise<T>): Promise<T> {
  const handle = (): void => {
    remove();
    onInterrupt();
  };
  const remove = (): void => {
    process.off('SIGINT', handle);
    process.off('SIGTERM', handle);
  };
  process.on('SIGINT', handle);
  process.on('SIGTERM', handle);
  try {
    return await body();
  } finally {
    remove();
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
