/** A page in a webview: its frame, and its calls served. */
import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import * as vscode from 'vscode';
import { createMessageConnection } from 'vscode-jsonrpc/node';
import { portEnds } from '../../worker/protocol/port.ts';
import { type Handlers, type Methods, serve } from '../../worker/protocol/rpc.ts';

export interface PageOptions {
  readonly extensionUri: vscode.Uri;
  /** Of dist/webview/ENTRY.js and .css. */
  readonly entry: 'training' | 'tokenizer' | 'attention' | 'masking' | 'adapter';
  /** Of the document, for those who do not see it. */
  readonly title: string;
  readonly log: vscode.LogOutputChannel;
}

/**
 * Fills a webview with a page and serves its calls until the result is disposed, which takes no more of them and cancels
 * those under way. Values that are no calls are logged and refused.
 */
export function servePage<M extends Methods>(
  webview: vscode.Webview,
  { extensionUri, entry, title, log }: PageOptions,
  methods: M,
  handlers: Handlers<M>,
): vscode.Disposable {
  const root = vscode.Uri.joinPath(extensionUri, 'dist', 'webview');
  webview.options = { enableScripts: true, localResourceRoots: [root] };
  let isOpen = true;
  const { reader, writer } = portEnds(
    {
      // an answer that comes late is not for the page that is there by then
      post: (message) => void (isOpen && webview.postMessage(message)),
      onMessage: (receive) => webview.onDidReceiveMessage(receive),
    },
    (value) =>
      log.warn(
        `[${entry} page] refused a message that is no call: ${inspect(value, { depth: 1 }).slice(0, 200)}`,
      ),
  );
  const connection = createMessageConnection(reader, writer, {
    error: (message) => log.error(`[${entry} page] ${message}`),
    warn: (message) => log.warn(`[${entry} page] ${message}`),
    info: (message) => log.info(`[${entry} page] ${message}`),
    log: (message) => log.debug(`[${entry} page] ${message}`),
  });
  const service = serve(connection, methods, handlers);
  connection.listen();
  webview.html = frame(webview, root, entry, title);
  return new vscode.Disposable(() => {
    isOpen = false;
    reader.dispose();
    void service.close().finally(() => connection.dispose());
  });
}

/**
 * The answer to a page's `watch`, once the page has gone. One that was hidden is made anew and watches again; the former one
 * hears no answer.
 */
export function untilGone(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(null), { once: true }));
}

/** No styles and scripts but our files' own: the strictest policy under which a webview can show anything. */
function frame(webview: vscode.Webview, root: vscode.Uri, entry: string, title: string): string {
  const [nonce, styleNonce] = [randomBytes(16).toString('base64'), randomBytes(16).toString('base64')];
  const file = (name: string): string => webview.asWebviewUri(vscode.Uri.joinPath(root, name)).toString();
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    // the controls try out a selector in a style element of their own, and take this nonce from the meta element
    `style-src ${webview.cspSource} 'nonce-${styleNonce}'`,
    `font-src ${webview.cspSource}`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="UTF-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta property="csp-nonce" content="${styleNonce}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="stylesheet" href="${file(`${entry}.css`)}">
</head>
<body>
<main id="app"></main>
<script nonce="${nonce}" src="${file(`${entry}.js`)}"></script>
</body>
</html>`;
}
