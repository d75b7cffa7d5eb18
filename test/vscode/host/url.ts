import type { Server } from './server.ts';

/** The address of a window on a folder. The payload's paths are extensions and their tests. */
export function windowUrl(
  server: Server,
  folder: string,
  payload: readonly (readonly [key: string, path: string])[],
): string {
  const remote = payload.map(([key, path]) => [key, `vscode-remote://${server.authority}${path}`]);
  const query = new URLSearchParams({
    folder,
    payload: JSON.stringify([...remote, ['skipWelcome', 'true']]),
  });
  return `http://${server.authority}/?${query.toString()}`;
}
