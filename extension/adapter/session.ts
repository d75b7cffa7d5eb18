/** What one LoRA page shows. VS Code itself is behind {@link AdapterSource}. */
import { basename } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type {
  AdapterEvent,
  AdapterReport,
  AdapterRun,
  AdapterState,
  ComparedSide,
  Comparison,
} from '../../webview/protocol/adapter.ts';
import { type Problem, problemOf } from '../../webview/protocol/problem.ts';
import type { Disposable } from '../platform/disposable.ts';
import { Latest } from '../platform/latest.ts';

/** What tells of adapters, and writes with them. */
export interface AdapterSource {
  /** Changes with the files that a report is read from; undefined where there are none yet. */
  version(path: string): string | undefined;
  report(path: string, signal: AbortSignal): Promise<AdapterReport>;
  /** The run of a folder; undefined for an adapter from elsewhere. */
  run(path: string): Promise<AdapterRun | undefined>;
  facts(path: string): { readonly writes: boolean; readonly inUse: boolean };
  /** Opens the base of an adapter, so that both can write in turn. */
  open(path: string, signal: AbortSignal): Promise<void>;
  /** What a model, one of the two, makes of a place. */
  write(model: string, place: Place, signal: AbortSignal): Promise<ComparedSide>;
  /** To be called when no more is compared: the model that completes may have given way. */
  restore(): void;
}

/** A place in a document that models are compared at. */
export interface Place {
  readonly document: string;
  /** The text before it. */
  readonly prompt: string;
  /** Of the document, to be foretold. */
  readonly text: string;
}

/** How long to wait for more news of a run before it is read again, in ms. */
const DELAY = 400;

export class AdapterSession implements Disposable {
  readonly path: string;
  readonly #source: AdapterSource;
  readonly #refresh = new Latest((signal) => this.#read(signal));
  readonly #compare = new Latest((signal) => this.#write(signal));
  #state: AdapterState;
  /** Of the files that the report is of. */
  #version: string | undefined;
  #place: Place | undefined;
  #comparison: Comparison | undefined;
  #isComparing = false;
  #tell: ((event: AdapterEvent) => void) | undefined;

  constructor(path: string, source: AdapterSource) {
    this.path = path;
    this.#source = source;
    this.#state = { path, name: basename(path), ...source.facts(path) };
    this.#refresh.request(0);
  }

  get state(): AdapterState {
    return this.#state;
  }

  /** Tells a page all there is, and then what changes; a page that watched before is not told any more. */
  watch(tell: (event: AdapterEvent) => void): void {
    this.#tell = tell;
    tell({ type: 'state', state: this.#state });
    if (this.#comparison !== undefined) tell({ type: 'comparison', comparison: this.#comparison });
  }

  /** To be called when runs or models may have changed. */
  changed(): void {
    this.#refresh.request(DELAY);
  }

  /** Reads the adapter again, whatever is known of it. */
  retry(): void {
    this.#version = undefined;
    this.#refresh.request(0);
  }

  /** Lets the base and the adapter go on from a place, in the stead of a comparison that is under way. */
  compare(place: Place): void {
    this.#place = place;
    this.#setComparison({ document: place.document, prompt: place.prompt });
    this.#compare.request(0);
  }

  dispose(): void {
    if (this.#isComparing) this.#source.restore();
    this.#tell = undefined;
    this.#refresh.dispose();
    this.#compare.dispose();
  }

  async #read(signal: AbortSignal): Promise<void> {
    const { path } = this;
    const run = await this.#source.run(path);
    if (signal.aborted) return;
    this.#set({ ...this.#state, ...this.#source.facts(path), run });
    const version = this.#source.version(path);
    if (version === undefined || version === this.#version) return; // a run that has no checkpoint yet will have one
    try {
      this.#take(await this.#source.report(path, signal), version, signal);
    } catch (error) {
      this.#fail(problemOf(error), signal);
    }
  }

  #take(report: AdapterReport, version: string, signal: AbortSignal): void {
    if (signal.aborted) return;
    this.#version = version;
    this.#set({ ...this.#state, report, problem: undefined });
  }

  #fail(problem: Problem, signal: AbortSignal): void {
    if (!signal.aborted) this.#set({ ...this.#state, report: undefined, problem });
  }

  async #write(signal: AbortSignal): Promise<void> {
    const place = this.#place!;
    this.#isComparing = true;
    try {
      // the command that opens the page compares at once
      const report = this.#state.report ?? (await this.#source.report(this.path, signal));
      await this.#source.open(this.path, signal);
      const base = await this.#source.write(report.base, place, signal);
      this.#add({ base }, signal);
      this.#add({ adapter: await this.#source.write(this.path, place, signal) }, signal);
    } catch (error) {
      this.#add({ problem: problemOf(error) }, signal);
    } finally {
      this.#isComparing = false;
      if (!signal.aborted) this.#source.restore();
    }
  }

  #add(part: Partial<Comparison>, signal: AbortSignal): void {
    if (!signal.aborted) this.#setComparison({ ...this.#comparison!, ...part });
  }

  #set(state: AdapterState): void {
    if (isDeepStrictEqual(state, this.#state)) return;
    this.#state = state;
    this.#tell?.({ type: 'state', state });
  }

  #setComparison(comparison: Comparison): void {
    this.#comparison = comparison;
    this.#tell?.({ type: 'comparison', comparison });
  }
}
