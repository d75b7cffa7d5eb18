import { ClozeError } from './base/errors.ts';
import type { RunEventOf, TrainEvent } from './protocol/events.ts';
import type { Call } from './protocol/rpc.ts';
import type { TrainHooks } from './services/train.ts';
import { RunControl } from './training/control.ts';

export type RunAction = 'pause' | 'unpause' | 'save' | 'stop';

/** The run that this process trains: one at a time. */
export class CurrentRun {
  #control: RunControl | undefined;
  #isClosing = false;

  /** Trains until the end, or until the call is cancelled. Throws `usage` if there is a run already. */
  async train(
    { signal, tell }: Call<TrainEvent>,
    body: (hooks: TrainHooks) => Promise<RunEventOf<'done'>>,
  ): Promise<RunEventOf<'done'>> {
    if (this.#control !== undefined) {
      throw new ClozeError('usage', 'expected one run at a time, but this process trains one already', {
        hint: 'stop it first',
      });
    }
    const canceller = new AbortController();
    const control = new RunControl(canceller.signal);
    let hasBegun = false;
    const end = (): void => (this.#isClosing && hasBegun ? control.stop() : canceller.abort());
    signal.addEventListener('abort', end, { once: true });
    this.#control = control;
    try {
      if (signal.aborted) end();
      return await body({
        control,
        onEvent(event) {
          hasBegun = true;
          tell(event);
        },
        onProgress: (progress) => tell({ progress }),
        onNote: (note) => tell({ note }),
      });
    } finally {
      signal.removeEventListener('abort', end);
      this.#control = undefined;
    }
  }

  /** Passes a wish on. Whether there is a run. */
  ask(action: RunAction): boolean {
    this.#control?.[action]();
    return this.#control !== undefined;
  }

  /** From now on, cancelling the call of a run that has begun stops it with a checkpoint: nobody is there to resume it soon. */
  close(): void {
    this.#isClosing = true;
  }
}
