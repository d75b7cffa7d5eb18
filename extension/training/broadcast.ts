/** Tells several watchers the same. */
export class Broadcast<Event> {
  readonly #watchers = new Set<(event: Event) => void>();

  tell(event: Event): void {
    for (const watcher of this.#watchers) watcher(event);
  }

  /** Tells `first`, then what comes until the signal fires. */
  watch(first: Event, tell: (event: Event) => void, signal: AbortSignal): Promise<void> {
    const watcher = (event: Event): void => tell(event);
    tell(first);
    this.#watchers.add(watcher);
    return new Promise((resolve) => {
      const end = (): void => {
        this.#watchers.delete(watcher);
        resolve();
      };
      if (signal.aborted) end();
      signal.addEventListener('abort', end, { once: true });
    });
  }
}
