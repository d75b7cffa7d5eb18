/** From a request of the editor to a suggestion: memory, patience, model. */
import type { CompleteRequest, Completion } from '../../worker/protocol/generation.ts';
import { hasCode } from '../../worker/protocol/rpc.ts';
import type { Clock } from './clock.ts';
import type { Answer } from './continuation.ts';
import { Debounce } from './debounce.ts';
import type { Notes } from './decisions.ts';
import type { Edit } from './edits.ts';
import { GhostText, type Ghost, type GhostEvents } from './ghost-text.ts';
import { InFlight } from './in-flight.ts';
import { placesAfter, Prefetch } from './prefetch.ts';
import { REASONS } from './reasons.ts';
import { answerOf, completeRequest, type CompletionOptions, workOf } from './request.ts';
import { ResultCache } from './result-cache.ts';
import { lineBefore, samePlace, type Snapshot } from './snapshot.ts';

/** A request for a completion at a cursor. */
export interface Ask {
  readonly model: string;
  readonly snapshot: Snapshot;
  /** Whether the user only typed; otherwise memory is not asked, and nothing waits. */
  readonly automatic: boolean;
  /** When the last key was typed, on the suggester's clock. */
  readonly keyAt: number;
  readonly options: CompletionOptions;
  /** Ms from the key to the model; null: by the pace of the typing. */
  readonly delay: number | null;
  readonly prefetch: boolean;
}

export interface Suggestion {
  /** Of the suggestion on the screen; stays while the user types along it. */
  readonly id: number;
  readonly text: string;
  readonly replace: number;
}

export interface SuggesterOptions {
  readonly clock: Clock;
  /** Opens the model if need be. */
  readonly ready: (insist: boolean) => Promise<unknown>;
  readonly complete: (request: CompleteRequest, signal: AbortSignal) => Promise<Completion>;
  readonly ghost: GhostEvents;
  /** A suggestion is on its way to the screen, `ms` after the key. */
  readonly onSuggestion: (from: 'remembered' | 'computed', ms: number) => void;
  /** Something failed that the user did not ask for: for the log. */
  readonly onProblem: (error: unknown) => void;
  /** The model begins or ends to work. */
  readonly onBusy: (busy: boolean) => void;
}

/** What the model is asked; two with the same model and place are the same. */
interface Work {
  readonly ask: Ask;
  readonly snapshot: Snapshot;
}

export class Suggester {
  readonly #options: SuggesterOptions;
  readonly #cache = new ResultCache();
  readonly #debounce = new Debounce();
  readonly #ghost: GhostText;
  readonly #inFlight: InFlight<Work, Completion>;
  readonly #prefetch: Prefetch;
  #running = 0;
  /** The suggestion that was shown last. */
  #shown = 0;
  /** Goes up when all answers are forgotten: what was asked for before is not to be answered any more. */
  #era = 0;

  constructor(options: SuggesterOptions) {
    this.#options = options;
    this.#ghost = new GhostText(options.ghost);
    this.#inFlight = new InFlight(
      (work, signal) => this.#complete(work, signal),
      (a, b) => a.ask.model === b.ask.model && samePlace(a.snapshot, b.snapshot),
    );
    this.#prefetch = new Prefetch(options.clock);
  }

  /** Undefined where there is nothing to show; `notes` has the reason. Never throws. */
  async suggest(ask: Ask, notes: Notes, signal: AbortSignal): Promise<Suggestion | undefined> {
    const { model, snapshot, automatic } = ask;
    const known = automatic ? this.#cache.find(model, snapshot) : undefined;
    if (known !== undefined) return this.#show(ask, known, 'remembered', notes);
    this.#prefetch.cancel(snapshot);
    const era = this.#era;
    try {
      if (automatic && !(await this.#pause(ask, notes, signal))) return undefined;
      const prefetched = automatic ? this.#cache.find(model, snapshot) : undefined;
      if (prefetched !== undefined) return this.#show(ask, prefetched, 'remembered', notes);
      const waited = await this.#opened(automatic, signal);
      if (era !== this.#era) {
        notes.end(REASONS.replaced);
        return undefined;
      }
      if (waited >= 1) notes.step(`waited ${waited.toFixed(0)} ms for the model to open`);
      return await this.#ask({ ...ask, keyAt: ask.keyAt + waited }, notes, signal);
    } catch (error) {
      this.#fail(error, notes);
      return undefined;
    }
  }

  /** A document has been edited. */
  edit(uri: string, edit: Edit): void {
    if (!this.#ghost.edit(uri, edit)) this.#prefetch.cancel();
  }

  /** A key has been typed. */
  key(): void {
    this.#debounce.key(this.#options.clock.now());
  }

  /** The editor has put in the suggestion with this number. */
  accepted(id: number): Ghost | undefined {
    return this.#ghost.accepted(id);
  }

  /** Works a completion out before it is asked for, so that the model has read the text when the first key comes. */
  warm(ask: Ask): void {
    this.#fetch(ask, [ask.snapshot]);
  }

  /** Forgets all answers: they were made by another model, or under other settings. */
  forget(): void {
    this.#era++;
    this.#prefetch.cancel();
    this.#inFlight.cancel();
    this.#cache.clear();
    this.#ghost.end();
  }

  dispose(): void {
    this.forget();
  }

  async #pause(ask: Ask, notes: Notes, signal: AbortSignal): Promise<boolean> {
    const { clock } = this.#options;
    const { snapshot, keyAt, delay } = ask;
    const now = clock.now();
    const wait =
      delay === null
        ? this.#debounce.wait({ now, keyAt, lineBefore: lineBefore(snapshot) })
        : Math.max(0, delay - (now - keyAt));
    const isUnderWay = this.#inFlight.has({ ask, snapshot });
    if (wait > 0 && !isUnderWay) await clock.sleep(wait, signal);
    if (signal.aborted) notes.endAgain(REASONS.typedOn);
    else if (wait > 0 && !isUnderWay) notes.step(`waited ${wait.toFixed(0)} ms for a pause in the typing`);
    return !signal.aborted;
  }

  /** Ms that the model took to open: no answer's time counts them. */
  async #opened(automatic: boolean, signal: AbortSignal): Promise<number> {
    const { clock, ready } = this.#options;
    const began = clock.now();
    await Promise.race([ready(!automatic), fired(signal)]);
    return clock.now() - began;
  }

  async #ask(ask: Ask, notes: Notes, signal: AbortSignal): Promise<Suggestion | undefined> {
    const { clock } = this.#options;
    const began = clock.now();
    const completion = await this.#inFlight.run({ ask, snapshot: ask.snapshot }, signal);
    if (completion !== undefined) notes.step(workOf(completion));
    if (signal.aborted) {
      this.#debounce.cancelled(clock.now() - began);
      notes.endAgain(REASONS.typedOn);
      return undefined;
    }
    if (completion === undefined || completion.reason === 'cancelled') {
      notes.endAgain(REASONS.replaced);
      return undefined;
    }
    this.#debounce.answered(clock.now() - began);
    const answer = answerOf(completion, ask.options.eol);
    if (answer === undefined) {
      notes.end(REASONS.time);
      return undefined;
    }
    return this.#show(ask, answer, 'computed', notes);
  }

  #show(ask: Ask, answer: Answer, from: 'remembered' | 'computed', notes: Notes): Suggestion | undefined {
    const { clock, onSuggestion } = this.#options;
    const { text, replace, nothing = 'blank' } = answer;
    if (text.trim() === '') {
      notes.end(
        `The model has nothing to say here: ${nothing}${from === 'remembered' ? ' (remembered)' : ''}.`,
      );
      return undefined;
    }
    const now = clock.now();
    const id = this.#ghost.show(ask.snapshot, text, now);
    if (id === this.#shown) notes.endAgain('Shown: the rest of the suggestion.');
    else notes.end(`Shown: ${from}, ${text.length} ${text.length === 1 ? 'character' : 'characters'}.`);
    this.#shown = id;
    onSuggestion(from, now - ask.keyAt);
    if (ask.prefetch) this.#fetch(ask, placesAfter(ask.snapshot, answer, ask.options));
    return { id, text, replace };
  }

  #fail(error: unknown, notes: Notes): void {
    if (hasCode(error, 'cancelled')) {
      notes.endAgain(REASONS.replaced);
    } else {
      notes.end(`Failed: ${error instanceof Error ? error.message : String(error)}`);
      this.#options.onProblem(error);
    }
  }

  #fetch(ask: Ask, places: readonly [Snapshot, ...Snapshot[]]): void {
    this.#prefetch.start(places, async (place, signal) => {
      const known = this.#cache.find(ask.model, place);
      if (known !== undefined || this.#inFlight.busy) return known;
      try {
        await this.#options.ready(false);
        const completion = await this.#inFlight.run({ ask, snapshot: place }, signal);
        return completion && answerOf(completion, ask.options.eol);
      } catch {
        return undefined; // a request that somebody waits for will tell
      }
    });
  }

  async #complete({ ask, snapshot }: Work, signal: AbortSignal): Promise<Completion> {
    this.#working(1);
    try {
      const request = completeRequest(ask.model, snapshot, ask.options, ask.automatic);
      const completion = await this.#options.complete(request, signal);
      const answer = answerOf(completion, ask.options.eol);
      if (answer !== undefined && !signal.aborted) this.#cache.put(ask.model, snapshot, answer);
      return completion;
    } finally {
      this.#working(-1);
    }
  }

  #working(more: 1 | -1): void {
    const wasBusy = this.#running > 0;
    this.#running += more;
    if (wasBusy !== this.#running > 0) this.#options.onBusy(this.#running > 0);
  }
}

function fired(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
