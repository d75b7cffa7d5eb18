/** What one masking page shows, and how it follows its document. VS Code itself is behind {@link Reader}. */
import { basename } from 'node:path';
import { problemOf } from '../../webview/protocol/problem.ts';
import { LONGEST_MASKED, type MaskedText } from '../../worker/protocol/masking.ts';
import type { Polysemy } from '../../worker/protocol/encoder.ts';
import { RemoteError } from '../../worker/protocol/rpc.ts';
import {
  LONGEST_WORD,
  type MaskingEvent,
  type MaskingPlace,
  type MaskingState,
  MOST_SENTENCES,
} from '../../webview/protocol/masking.ts';
import type { Disposable } from '../platform/disposable.ts';
import { Latest } from '../platform/latest.ts';
import { sentencesWith } from './sentences.ts';

/** What reads texts with models, and which there are. */
export interface Reader {
  /** The one that suits best comes first. */
  choices(): MaskingState['choices'];
  masking(model: string, text: string, seed: number, signal: AbortSignal): Promise<MaskedText>;
  polysemy(model: string, word: string, sentences: string[], signal: AbortSignal): Promise<Polysemy>;
}

/** How long to wait for more edits, in ms: longer where a look takes long. */
const LEAST_DELAY = 200;
const MOST_DELAY = 1000;

/** Seeds are below this. */
const SEEDS = 0x7fffffff;

type MaskEvent = Extract<MaskingEvent, { type: 'content' | 'problem' }>;
type WordEvent = Extract<MaskingEvent, { type: 'word' | 'wordProblem' | 'noWord' }>;

export class MaskingSession implements Disposable {
  readonly #reader: Reader;
  readonly #masks = new Latest((signal) => this.#showMasks(signal));
  readonly #words = new Latest((signal) => this.#showWord(signal));
  #place: MaskingPlace;
  #name: string;
  #closed = true;
  #choices: string;
  #text: string | undefined;
  #tell: ((event: MaskingEvent) => void) | undefined;
  /** What the page shows last. */
  #lastMasks: MaskEvent | undefined;
  #lastWord: WordEvent | undefined;
  /** Of the revision that the page shows. */
  #masked: MaskedText | undefined;
  /** The document's text that it was a part of, and where the part began. */
  #maskedText: string | undefined;
  #maskedFrom = 0;
  #revision = 0;
  #cost = 0;
  /** Whether the page asked for what is being looked at. */
  #asked = true;
  #isVisible = true;
  /** Whether there is another text than the page shows, which no one could see. */
  #isStale = false;

  constructor(place: MaskingPlace, reader: Reader) {
    this.#place = place;
    this.#reader = reader;
    this.#name = basename(place.uri);
    this.#choices = JSON.stringify(reader.choices());
    this.#takeFirstChoice();
  }

  get place(): MaskingPlace {
    return this.#place;
  }

  /** Tells a page all there is, and then what changes; a page that watched before is not told any more. */
  watch(tell: (event: MaskingEvent) => void): void {
    this.#tell = tell;
    this.#tellState();
    if (this.#lastMasks !== undefined) tell(this.#lastMasks);
    if (this.#lastWord !== undefined) tell(this.#lastWord);
  }

  /** Takes the document's text, and the part of it that is masked. */
  setText(name: string, text: string, range: MaskingPlace['range']): void {
    const isOther = text !== this.#text || !sameRange(range, this.#place.range);
    const isTold = !this.#closed && name === this.#name && sameRange(range, this.#place.range);
    this.#closed = false;
    this.#name = name;
    this.#text = text;
    this.#place = { ...this.#place, range };
    if (!isTold) this.#tellState();
    if (!isOther) return;
    if (this.#isVisible) this.#refresh(Math.min(MOST_DELAY, Math.max(LEAST_DELAY, this.#cost)));
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
    if (isVisible && this.#isStale) this.#refresh(0);
  }

  /** To be called when models may have come, gone or changed. */
  modelsChanged(): void {
    const choices = JSON.stringify(this.#reader.choices());
    if (choices === this.#choices) return;
    this.#choices = choices;
    const before = this.#place.model;
    this.#takeFirstChoice();
    this.#tellState();
    if (this.#place.model !== before) this.#refresh(0);
  }

  choose(model: string): void {
    if (model !== this.#place.model) this.#lastMasks = this.#lastWord = undefined; // they are another model's
    this.#change({ model });
    this.retry();
  }

  /** Draws other masks. */
  reseed(): void {
    this.#change({ seed: (this.#place.seed + 1) % SEEDS });
    this.#asked = true;
    this.#masks.request(0);
  }

  /** Of a longer one the beginning is compared. */
  setWord(word: string): void {
    const taken = word.trim().slice(0, LONGEST_WORD);
    if (taken === this.#place.word) return;
    this.#change({ word: taken });
    this.#words.request(0);
  }

  /** Looks again. */
  retry(): void {
    this.#asked = true;
    this.#refresh(0);
  }

  /** Where a token stands in the document, in UTF-16 units; undefined for one without a place, or of another revision. */
  placeOf(revision: number, token: number): { from: number; to: number } | undefined {
    const found = revision === this.#revision ? this.#masked?.tokens[token] : undefined;
    if (found === undefined || found.special || this.#text !== this.#maskedText) return undefined;
    const base = this.#maskedFrom;
    return { from: base + found.start, to: base + found.end };
  }

  dispose(): void {
    this.#tell = undefined;
    this.#masks.dispose();
    this.#words.dispose();
  }

  #change(change: Partial<MaskingPlace>): void {
    this.#place = { ...this.#place, ...change };
    this.#tellState();
  }

  #refresh(delay: number): void {
    this.#masks.request(delay);
    this.#words.request(delay);
  }

  #takeFirstChoice(): void {
    if (this.#place.model !== '') return;
    this.#place = { ...this.#place, model: this.#reader.choices()[0]?.folder ?? '' };
  }

  #tellState(): void {
    const { model } = this.#place;
    const known = this.#reader.choices();
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

  /** What is masked. */
  get #part(): string {
    const { from, to } = this.#place.range ?? { from: 0, to: Infinity };
    return (this.#text ?? '').slice(from, to).slice(0, LONGEST_MASKED);
  }

  async #showMasks(signal: AbortSignal): Promise<void> {
    const { model, seed } = this.#place;
    if (this.#text === undefined || model === '') return;
    this.#isStale = false;
    const asked = this.#asked;
    this.#asked = false;
    const began = performance.now();
    const [text, from] = [this.#text, this.#place.range?.from ?? 0];
    try {
      const masked = await this.#reader.masking(model, this.#part, seed, signal);
      if (signal.aborted) return;
      this.#setMasked(masked);
      [this.#maskedText, this.#maskedFrom] = [text, from];
      this.#setMasks({ type: 'content', content: { revision: this.#revision, masked, asked } });
    } catch (error) {
      if (signal.aborted) return;
      this.#setMasked(undefined);
      this.#setMasks({ type: 'problem', problem: problemOf(error) });
    } finally {
      if (signal.aborted && asked) this.#asked = true; // what comes instead is an answer, too
      this.#cost = performance.now() - began;
    }
  }

  async #showWord(signal: AbortSignal): Promise<void> {
    const { model, word } = this.#place;
    if (this.#text === undefined || model === '') return;
    if (word === '') {
      this.#setWord({ type: 'noWord' });
      return;
    }
    try {
      const { sentences, total } = sentencesWith(this.#text, word, MOST_SENTENCES);
      if (sentences.length < 2) throw tooFew(word, sentences.length);
      const polysemy = await this.#reader.polysemy(model, word, sentences, signal);
      if (!signal.aborted) this.#setWord({ type: 'word', word: { word, sentences, total, polysemy } });
    } catch (error) {
      if (!signal.aborted) this.#setWord({ type: 'wordProblem', problem: problemOf(error) });
    }
  }

  #setMasked(masked: MaskedText | undefined): void {
    this.#masked = masked;
    this.#revision++;
  }

  #setMasks(event: MaskEvent): void {
    // a page that comes later has not asked for it
    this.#lastMasks =
      event.type === 'content' ? { ...event, content: { ...event.content, asked: false } } : event;
    this.#tell?.(event);
  }

  #setWord(event: WordEvent): void {
    this.#lastWord = event;
    this.#tell?.(event);
  }
}

function sameRange(a: MaskingPlace['range'], b: MaskingPlace['range']): boolean {
  return a?.from === b?.from && a?.to === b?.to;
}

function tooFew(word: string, count: number): RemoteError {
  const found = count === 0 ? 'no sentence' : 'one sentence';
  return new RemoteError(`${found} of the document holds the word "${word}" as it is`, {
    code: 'usage',
    hint: 'a word is compared between two sentences or more: take one that the document has more often',
  });
}
