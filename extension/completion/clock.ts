/** Time as the completion modules see it, so that tests can turn it. */
import { setTimeout as delay } from 'node:timers/promises';

export interface Clock {
  /** Milliseconds; only differences mean something. */
  now(): number;
  /** Whether the time went by: false where the signal fired before. */
  sleep(ms: number, signal: AbortSignal): Promise<boolean>;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  sleep: (ms, signal) =>
    delay(ms, undefined, { signal }).then(
      () => true,
      () => false,
    ),
};
