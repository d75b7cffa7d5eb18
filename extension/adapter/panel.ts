/** One LoRA page in its tab. */
import * as vscode from 'vscode';
import { ADAPTER_PAGE_METHODS } from '../../webview/protocol/adapter.ts';
import type { Handlers } from '../../worker/protocol/rpc.ts';
import { Disposables } from '../platform/disposable.ts';
import { servePage, untilGone } from '../platform/page.ts';
import { refusal } from '../platform/problem.ts';
import { type AdapterSource, AdapterSession, type Place } from './session.ts';

export interface AdapterPanelOptions {
  readonly extensionUri: vscode.Uri;
  readonly log: vscode.LogOutputChannel;
  readonly source: AdapterSource;
  readonly useForCompletion: (path: string) => Promise<void>;
  readonly merge: (path: string) => unknown;
  readonly showAttention: (path: string) => unknown;
  /** Where the user was last in a document; undefined without one. */
  readonly place: () => Place | undefined;
}

export class AdapterPanel implements vscode.Disposable {
  readonly path: string;
  readonly #panel: vscode.WebviewPanel;
  readonly #session: AdapterSession;
  readonly #owned = new Disposables();

  constructor(panel: vscode.WebviewPanel, path: string, options: AdapterPanelOptions) {
    this.path = path;
    this.#panel = panel;
    this.#session = this.#owned.add(new AdapterSession(path, options.source));
    const { extensionUri, log } = options;
    const frame = { extensionUri, entry: 'adapter', title: vscode.l10n.t('Adapter'), log } as const;
    this.#owned.add(servePage(panel.webview, frame, ADAPTER_PAGE_METHODS, this.#handlers(options)));
  }

  changed(): void {
    this.#session.changed();
  }

  compare(place: Place): void {
    this.#session.compare(place);
  }

  reveal(): void {
    this.#panel.reveal(undefined, true);
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #handlers(options: AdapterPanelOptions): Handlers<typeof ADAPTER_PAGE_METHODS> {
    const { path } = this;
    const session = this.#session;
    return {
      watch: (_params, { signal, tell }) => {
        session.watch(tell);
        return untilGone(signal);
      },
      compare: () => {
        const place = options.place();
        if (place === undefined)
          throw refusal('no document is open', 'open one, and put the cursor where both are to go on');
        session.compare(place);
        return null;
      },
      useForCompletion: async () => {
        await options.useForCompletion(path);
        return null;
      },
      merge: async () => {
        await options.merge(path);
        return null;
      },
      showAttention: () => {
        options.showAttention(path);
        return null;
      },
      retry: () => {
        session.retry();
        return null;
      },
    };
  }
}
