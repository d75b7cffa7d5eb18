import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Server } from './server.ts';

const SAMPLE = fileURLToPath(new URL('../../fixtures/workspace', import.meta.url));

/** A copy of the fixture workspace, in the server's own folder. */
export function copyOfWorkspace(server: Server, name = 'library'): string {
  const folder = join(server.folder, name);
  cpSync(SAMPLE, folder, { recursive: true });
  return folder;
}
