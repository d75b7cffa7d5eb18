/** Hashes by which a Hub knows contents. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { ContentHash } from './listing.ts';

export interface Hasher {
  update(bytes: Uint8Array): unknown;
  hex(): string;
}

/** Git puts the length of a blob before its content: https://git-scm.com/book/en/v2/Git-Internals-Git-Objects */
export function contentHasher(algorithm: ContentHash['algorithm'], bytes: number): Hasher {
  const hash = createHash(algorithm === 'sha256' ? 'sha256' : 'sha1');
  if (algorithm === 'git-sha1') hash.update(`blob ${bytes}\0`);
  return { update: (part) => hash.update(part), hex: () => hash.digest('hex') };
}

/** Adds what a file holds to a hash. */
export async function updateFromFile(hasher: Hasher, path: string): Promise<void> {
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }))
    hasher.update(chunk as Buffer);
}
