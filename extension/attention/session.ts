/** What one attention page shows, and how it follows its document. VS Code itself is behind {@link Inspector}. */
import { basename } from 'node:path';
import { problemOf } from '../../webview/protocol/problem.ts';
import {
  type Attention,
  averageHeads,
  LONGEST_INSPECTED,
  type Prediction,
  smallHeads,
} from '../../worker/protocol/inspect.ts';
import { RemoteError } from '../../worker/protocol/rpc.ts';
import type {
  AttentionContent,
  AttentionEvent,
  AttentionPlace,
  MaskedToken,
  ModelChoice,
} from '../../webview/protocol/attention.ts';
import type { Disposable } from '../platform/disposable.ts';
import { Latest } from '../platform/latest.ts';

/** What a model is shown. */
export interface Input {
  readonly model: string;
  readonly text: string;
  readonly second?: string;
  readonly difference?: boolean;
  readonly masked?: number[];
}

/** What looks into models, and which there are. */
export interface Inspector {
  /** The one that suits best comes first. */
  choices(): readonly ModelChoice[];
  attention(input: Input, signal: AbortSignal): Promise<Attention>;
  predict(input: Input, position: number, count: number, signal: AbortSignal): Promise<Prediction[]>;
}

/** How long to wait for more movements of the selection, in ms: longer where a look takes long. */
const LEAST_DELAY = 150;
const MOST_DELAY = 1000;

/** Cells along a side of a head in small. */
const SMALL = 32;

/** Predictions for a masked token. */
const PREDICTIONS = 8;

export class AttentionSession implements Disposable {
  readonly #inspector: Inspector;
  readonly #refresh = new Latest((signal) => this.#show(signal));
  #place: AttentionPlace;
  #name: string;
  #closed = true;
  #choices: string;
  #text: string | undefined;
  #masked: number | undefined;
  #tell: ((event: AttentionEvent) => void) | undefined;
  /** What the page shows last. */
  #last: Extract<AttentionEvent, { type: 'content' | 'problem' }> | undefined;
  #attention: Attention | undefined;
  #revision = 0;
  /** Whether what is shown is of another text, model or second text than is chosen by now. */
  #isBehind = false;
  #cost = 0;
  /** Whether the page asked for what is being looked at. */
  #asked = true;
  #isVisible = true;
  /** Whether there is another text than the page shows, which no one could see. */
  #isStale = false;

  constructor(place: AttentionPlace, inspector: Inspector) {
    this.#place = place;
    this.#inspector = inspector;
    this.#name = basename(place.uri);
    this.#choices = JSON.stringify(inspector.choices());
    this.#takeFirstChoice();
  }

  get place(): AttentionPlace {
    return this.#place;
  }

  /** What the worker said of the revision that the page shows; undefined if it shows another. */
  attentionOf(revision: number): Attention | undefined {
    return revision === this.#revision ? this.#attention : undefined;
  }

  /** Tells a page all there is, and then what changes; a page that watched before is not told any more. */
  watch(tell: (event: AttentionEvent) => void): void {
    this.#tell = tell;
    this.#tellState();
    if (this.#last !== undefined) tell(this.#last);
  }

  /** Takes the text to look at: another part of the document, or the same part after an edit. */
  setText(name: string, text: string): void {
    const cut = text.slice(0, LONGEST_INSPECTED);
    if (this.#closed || name !== this.#name) {
      this.#closed = false;
      this.#name = name;
      this.#tellState();
    }
    if (cut === this.#text) return;
    this.#text = cut;
    this.#isBehind = true;
    this.#masked = undefined; // its tokens are others
    if (this.#isVisible) this.#refresh.request(Math.min(MOST_DELAY, Math.max(LEAST_DELAY, this.#cost)));
    else this.#isStale = true;
  }

  /** To be called when the document was closed. What was looked at stays. */
  closed(): void {
    this.#closed = true;
    this.#tellState();
  }

  /** A page that is not in sight follows nothing; it catches up when it is. */
  setVisible(isVisible: boolean): void {
    this.#isVisible = isVisible;
    if (isVisible && this.#isStale) this.#refresh.request(0);
  }

  /** To be called when models may have come, gone or changed. */
  modelsChanged(): void {
    const choices = JSON.stringify(this.#inspector.choices());
    if (choices === this.#choices) return;
    this.#choices = choices;
    const before = this.#place.model;
    this.#takeFirstChoice();
    this.#tellState();
    if (this.#place.model !== before) this.#refresh.request(0);
  }

  /** Takes another model; what follows the text is begun anew, since not every model takes it. */
  choose(model: string): void {
    if (model !== this.#place.model) this.#last = undefined; // nor is a page that comes now to take it for an answer
    this.#change({ model, second: '', difference: false });
  }

  setSecond(second: string): void {
    if (second !== this.#place.second) this.#change({ second });
  }

  /** Shows an adapter's own weights, or how its base's differ. */
  setDifference(difference: boolean): void {
    if (difference !== this.#place.difference) this.#change({ difference });
  }

  /** Masks a token, or takes the mask from it. */
  mask(revision: number, position: number): void {
    if (revision !== this.#revision || this.#isBehind) return;
    this.#masked = this.#masked === position ? undefined : position;
    this.retry();
  }

  /** Looks again. */
  retry(): void {
    this.#asked = true;
    this.#refresh.request(0);
  }

  /** The mean of some heads; empty where the page has fallen behind. Throws `usage` for a head that is not there. */
  weights(revision: number, heads: readonly number[]): Float32Array<ArrayBuffer> {
    const attention = this.attentionOf(revision);
    if (attention === undefined) return new Float32Array(0);
    const most = attention.layers * attention.heads;
    const wrong = heads.find((head) => head >= most);
    if (wrong !== undefined)
      throw new RemoteError(`expected heads below ${most}, got ${wrong}`, { code: 'usage' });
    return averageHeads(attention.weights, attention.tokens.length, heads);
  }

  dispose(): void {
    this.#tell = undefined;
    this.#refresh.dispose();
  }

  #change(change: Partial<AttentionPlace>): void {
    this.#place = { ...this.#place, ...change };
    this.#isBehind = true;
    this.#masked = undefined;
    this.#tellState();
    this.retry();
  }

  #takeFirstChoice(): void {
    if (this.#place.model !== '') return;
    this.#place = { ...this.#place, model: this.#inspector.choices()[0]?.folder ?? '' };
  }

  #tellState(): void {
    const { model } = this.#place;
    const known = this.#inspector.choices();
    const isKnown = model === '' || known.some(({ folder }) => folder === model);
    this.#tell?.({
      type: 'state',
      state: {
        place: this.#place,
        name: this.#name,
        closed: this.#closed,
        choices: isKnown ? [...known] : [...known, { folder: model, label: basename(model) }],
      },
    });
  }

  async #show(signal: AbortSignal): Promise<void> {
    const text = this.#text;
    const { model } = this.#place;
    if (text === undefined || model === '') return;
    this.#isStale = false;
    const asked = this.#asked;
    this.#asked = false;
    const began = performance.now();
    try {
      const content = await this.#look(model, text, asked, signal);
      if (signal.aborted) return;
      this.#set({ type: 'content', content });
    } catch (error) {
      if (signal.aborted) return;
      this.#attention = undefined;
      this.#masked = undefined; // else every further try would fail with it
      this.#revision++;
      this.#set({ type: 'problem', problem: problemOf(error) });
    } finally {
      if (signal.aborted && asked) this.#asked = true; // what comes instead is an answer, too
      this.#cost = performance.now() - began;
    }
  }

  async #look(model: string, text: string, asked: boolean, signal: AbortSignal): Promise<AttentionContent> {
    const { second, difference } = this.#place;
    const input: Input = { model, text, ...(second === '' ? {} : { second }) };
    const position = this.#masked;
    const masked = position === undefined ? input : { ...input, masked: [position] };
    const found = await this.#inspector.attention(difference ? { ...masked, difference } : masked, signal);
    const isOver = position === undefined || signal.aborted;
    const mask = isOver ? undefined : await this.#predict(input, position, signal);
    const { weights, ...attention } = found;
    if (!signal.aborted) {
      this.#isBehind = false;
      this.#attention = found;
      this.#revision++;
    }
    const small = smallHeads(weights, found.tokens.length, SMALL);
    return { revision: this.#revision, attention, small, mask, asked };
  }

  async #predict(input: Input, position: number, signal: AbortSignal): Promise<MaskedToken> {
    const predict = (shown: Input): Promise<Prediction[]> =>
      this.#inspector.predict(shown, position, PREDICTIONS, signal);
    return { position, seen: await predict(input), masked: await predict({ ...input, masked: [position] }) };
  }

  #set(event: Extract<AttentionEvent, { type: 'content' | 'problem' }>): void {
    // a page that comes later has not asked for it
    this.#last = event.type === 'content' ? { ...event, content: { ...event.content, asked: false } } : event;
    this.#tell?.(event);
  }
}
