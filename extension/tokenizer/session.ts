/** What one tokenizer page shows, and how it follows its document. VS Code itself is behind {@link Source}. */
import { basename } from 'node:path';
import type { TokenizedText, WordExplanation } from '../../worker/protocol/tokenizer.ts';
import { RemoteError } from '../../worker/protocol/rpc.ts';
import {
  type ColumnContent,
  LONGEST_SHOWN,
  type PlacedRange,
  type Range,
  type Slot,
  type TokenizerChoice,
  type TokenizerContent,
  type TokenizerEvent,
  type TokenizerPlace,
} from '../../webview/protocol/tokenizer.ts';
import type { Disposable } from '../platform/disposable.ts';
import { Latest } from '../platform/latest.ts';
import { patchOf } from './patch.ts';
import { afterEdits, beginning, type Edit } from './ranges.ts';

/** A document as a page sees it. Offsets are in UTF-16 units. */
export interface Source {
  readonly name: string;
  readonly isClosed: boolean;
  /** Changes with every edit. */
  readonly version: number;
  readonly length: number;
  text(range: Range): string;
  lineAt(offset: number): number;
}

/** What tokenizes, and which tokenizers there are. */
export interface Tokenizers {
  /** The one that suits best comes first. */
  choices(): readonly TokenizerChoice[];
  tokenize(folder: string, text: string, signal: AbortSignal): Promise<TokenizedText>;
  explain(folder: string, word: string): Promise<WordExplanation[]>;
}

/** How long to wait for more edits, in ms: longer where tokenizing takes long. */
const LEAST_DELAY = 60;
const MOST_DELAY = 400;

export class TokenizerSession implements Disposable {
  readonly #tokenizers: Tokenizers;
  readonly #refresh = new Latest((signal) => this.#show(signal));
  #place: TokenizerPlace;
  #choices: string;
  #source: Source | undefined;
  #tell: ((event: TokenizerEvent) => void) | undefined;
  #content: TokenizerContent | undefined;
  /** What the content was made of: a version of the document, and where in it the text begins. */
  #shown = { version: -1, start: 0 };
  #selection: Range = { from: 0, to: 0 };
  /** Whether the page marks what the mouse points at in an editor. */
  #isPointed = false;
  #cost = 0;
  #isVisible = true;
  /** Whether the document was edited while no one could see its tokens. */
  #isStale = false;

  constructor(place: TokenizerPlace, tokenizers: Tokenizers) {
    this.#tokenizers = tokenizers;
    this.#place = place;
    this.#choices = JSON.stringify(tokenizers.choices());
    this.#takeFirstChoice();
  }

  get place(): TokenizerPlace {
    return this.#place;
  }

  /** Tells a page all there is, and then what changes; a page that watched before is not told any more. */
  watch(tell: (event: TokenizerEvent) => void): void {
    this.#tell = tell;
    this.#tellState();
    if (this.#content !== undefined) tell({ type: 'content', content: this.#content });
    this.#tellSelection();
  }

  /** Takes a document, or the same one when it was opened again. */
  setSource(source: Source): void {
    this.#source = source;
    this.#tellState();
    this.#refresh.request(0);
  }

  /** To be called when the document was closed. */
  closed(): void {
    this.#refresh.dispose();
    this.#tellState();
  }

  /** To be called after edits of the document. */
  edited(edits: readonly Edit[]): void {
    this.pointAt(undefined);
    const { range } = this.#place;
    if (range !== undefined) this.#setPlace({ range: afterEdits(range, edits) });
    if (this.#isVisible) this.#refresh.request(Math.min(MOST_DELAY, Math.max(LEAST_DELAY, this.#cost)));
    else this.#isStale = true;
  }

  /** A page that is not in sight follows no edits; it catches up when it is. */
  setVisible(isVisible: boolean): void {
    this.#isVisible = isVisible;
    if (!isVisible) this.pointAt(undefined);
    if (isVisible && this.#isStale) this.#refresh.request(0);
  }

  /** Tokenizes again. */
  retry(): void {
    this.#refresh.request(0);
  }

  /** To be called when tokenizers may have come or gone. */
  tokenizersChanged(): void {
    const choices = JSON.stringify(this.#tokenizers.choices());
    if (choices === this.#choices) return; // a run that trains changes in other ways, often
    this.#choices = choices;
    this.#takeFirstChoice();
    this.#tellState();
    this.#refresh.request(0);
  }

  choose(slot: Slot, folder: string): void {
    this.#setPlace({ [slot]: folder });
    this.#refresh.request(0);
  }

  /** Shows a part of the document, or all of it. */
  setRange(range: Range | undefined): void {
    this.#setPlace({ range });
    this.#refresh.request(0);
  }

  /** What is selected in the document's editor. */
  setSelection(range: Range): void {
    this.#selection = range;
    this.pointAt(undefined);
    this.#tellSelection();
  }

  /** The place in the document that the mouse points at in an editor, or none: VS Code does not say when it leaves. */
  pointAt(offset: number | undefined): void {
    const range = offset === undefined ? undefined : this.#toPage({ from: offset, to: offset + 1 });
    if (range === undefined && !this.#isPointed) return;
    this.#isPointed = range !== undefined;
    this.#tell?.({ type: 'hover', range });
  }

  explain(slot: Slot, word: string): Promise<WordExplanation[]> {
    return this.#tokenizers.explain(this.#place[slot], word);
  }

  /** Where a range of the page is in the document; nowhere if one of them has changed since. */
  inDocument({ revision, from, to }: PlacedRange): Range | undefined {
    if (revision !== this.#content?.revision || this.#shown.version !== this.#source?.version)
      return undefined;
    const { start } = this.#shown;
    return { from: start + from, to: start + Math.min(to, this.#content.text.length) };
  }

  dispose(): void {
    this.#tell = undefined;
    this.#refresh.dispose();
  }

  #setPlace(change: Partial<TokenizerPlace>): void {
    this.#place = { ...this.#place, ...change };
    this.#tellState();
  }

  #takeFirstChoice(): void {
    if (this.#place.main !== '') return;
    this.#place = { ...this.#place, main: this.#tokenizers.choices()[0]?.folder ?? '' };
  }

  #tellState(): void {
    if (this.#tell === undefined) return;
    const { uri, main, other } = this.#place;
    const known = this.#tokenizers.choices();
    const others = [main, other].filter((folder) => folder !== '' && labelIn(known, folder) === undefined);
    this.#tell({
      type: 'state',
      state: {
        place: this.#place,
        name: this.#source?.name ?? basename(uri),
        closed: this.#source?.isClosed ?? true,
        choices: [...known, ...[...new Set(others)].map((folder) => ({ folder, label: basename(folder) }))],
      },
    });
  }

  #tellSelection(): void {
    const range = this.#toPage(this.#selection);
    if (range !== undefined) this.#tell?.({ type: 'selection', range });
  }

  /** The part of a range that the page shows; nothing if it shows none of it, or something older. */
  #toPage({ from, to }: Range): PlacedRange | undefined {
    if (this.#content === undefined || this.#shown.version !== this.#source?.version) return undefined;
    const { start } = this.#shown;
    const { revision, text } = this.#content;
    if (to < start || from > start + text.length) return undefined;
    const within = (offset: number): number => Math.max(0, Math.min(text.length, offset - start));
    return { revision, from: within(from), to: within(to) };
  }

  async #show(signal: AbortSignal): Promise<void> {
    const source = this.#source;
    if (source === undefined || source.isClosed) return;
    const began = performance.now();
    this.#isStale = false;
    const { range = { from: 0, to: source.length }, main, other } = this.#place;
    const from = Math.min(range.from, source.length);
    const to = Math.min(range.to, source.length);
    const text = beginning(source.text({ from, to: Math.min(to, from + LONGEST_SHOWN + 1) }), LONGEST_SHOWN);
    const { version } = source;
    const firstLine = source.lineAt(from);
    const slots = (
      [
        ['main', main],
        ['other', other],
      ] as const
    ).filter(([, folder]) => folder !== '');
    const columns: ColumnContent[] = [];
    for (const [slot, folder] of slots) columns.push(await this.#column(slot, folder, text, signal));
    if (signal.aborted) return;
    this.#cost = performance.now() - began;
    const revision = (this.#content?.revision ?? 0) + 1;
    this.#shown = { version, start: from };
    this.#setContent({ revision, text, firstLine, total: to - from, columns });
  }

  /** Tells only what has changed, where that is less: a large text takes a remote window long. */
  #setContent(content: TokenizerContent): void {
    const patch = this.#content === undefined ? undefined : patchOf(this.#content, content);
    this.#content = content;
    this.#tell?.(patch === undefined ? { type: 'content', content } : { type: 'patch', patch });
    this.#tellSelection();
  }

  async #column(slot: Slot, folder: string, text: string, signal: AbortSignal): Promise<ColumnContent> {
    const label = labelIn(this.#tokenizers.choices(), folder) ?? basename(folder);
    try {
      return { slot, label, tokens: await this.#tokenizers.tokenize(folder, text, signal) };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const hint = error instanceof RemoteError ? error.hint : undefined;
      return { slot, label, problem: { message: `tokenizer ${label}: ${message}`, hint } };
    }
  }
}

function labelIn(choices: readonly TokenizerChoice[], wanted: string): string | undefined {
  return choices.find(({ folder }) => folder === wanted)?.label;
}
