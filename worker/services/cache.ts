import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where encoded corpora are kept between runs: CLOZE_CACHE, or the platform's folder for caches. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return env.CLOZE_CACHE ?? join(platformCaches(env), 'cloze');
}

/** Where weights lie on their way into ONNX Runtime (models/weight-file.ts). */
export function weightsFolder(): string {
  return join(cacheFolder(), 'weights');
}

function platformCaches({ LOCALAPPDATA, XDG_CACHE_HOME }: NodeJS.ProcessEnv): string {
  if (process.platform === 'win32') return LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local');
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches');
  return XDG_CACHE_HOME ?? join(homedir(), '.cache');
}
