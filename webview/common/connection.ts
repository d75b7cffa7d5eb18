/** A page's way to its host: calls over postMessage, and the state that VS Code keeps for the page. */
// first: schemas are made as the modules below are loaded
import './connection-policy.ts';
import { createMessageConnection } from 'vscode-jsonrpc/browser';
import type * as z from 'zod';
import { portEnds } from '../../worker/protocol/port.ts';
import { Client, type Methods } from '../../worker/protocol/rpc.ts';

interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare const acquireVsCodeApi: () => VsCodeApi;

/** VS Code gives it once a page. */
const vscode = acquireVsCodeApi();

/** A client of what the host serves to this page. Values that are no calls are dropped. */
export function connectHost<M extends Methods>(methods: M): Client<M> {
  const { reader, writer } = portEnds(
    {
      post: (message) => vscode.postMessage(message),
      onMessage: (receive) => {
        const listener = (event: MessageEvent<unknown>): void => receive(event.data);
        window.addEventListener('message', listener);
        return { dispose: () => window.removeEventListener('message', listener) };
      },
    },
    () => undefined,
  );
  const connection = createMessageConnection(reader, writer);
  connection.listen();
  return new Client(connection, methods);
}

/** What a page remembers of itself while it is hidden, and over a reload of the window. */
export interface PageState<T> {
  readonly value: Readonly<T>;
  change(part: Partial<T>): void;
}

/** Reads the kept state; one that does not fit the schema is begun anew, from its defaults. */
export function pageState<S extends z.ZodType<object>>(schema: S): PageState<z.output<S>> {
  const kept = schema.safeParse(vscode.getState());
  let value: z.output<S> = kept.success ? kept.data : schema.parse({});
  return {
    get value() {
      return value;
    },
    change(part) {
      value = { ...value, ...part };
      vscode.setState(value);
    },
  };
}
