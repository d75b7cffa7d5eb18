/** What an import takes from a folder. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, readdirSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { throwIfCancelled } from '../base/errors.ts';
import { diskError } from '../base/files.ts';
import type { ImportRecord } from '../checkpoints/import-record.ts';
import { INDEX_FILE, shardsOf } from '../checkpoints/sharded.ts';
import { neededFiles, neededShards } from '../hub/needed-files.ts';
import type { ImportRequest } from '../protocol/import.ts';
import { nameBase } from './adapter-base.ts';
import type { ImportHooks } from './import.ts';
import type { ImportPlace } from './import-place.ts';

/** Copies what Cloze needs of a folder. Throws as `importModel`. */
export async function gatherFolder(
  { source, base }: ImportRequest,
  place: ImportPlace,
  { signal, onProgress }: ImportHooks,
): Promise<Omit<ImportRecord, 'imported'>> {
  const folder = resolve(source);
  const names = readdirSync(folder);
  const needed = neededFiles(names, folder);
  const shards = needed.describing.includes(INDEX_FILE)
    ? neededShards(shardsOf(join(folder, INDEX_FILE)), names, folder)
    : [];
  const copied = [...needed.describing, ...needed.weights, ...shards];
  const sizes = copied.map((name) => statSync(join(folder, name)).size);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const files: ImportRecord['files'] = {};
  let done = 0;
  for (const [i, name] of copied.entries()) {
    const told = { phase: 'copying', total, file: name, files: i, of: copied.length } as const;
    const hash = await copyHashed(join(folder, name), join(place.model, name), signal, (bytes) => {
      done += bytes;
      onProgress?.({ ...told, done });
    });
    files[name] = { bytes: sizes[i]!, algorithm: 'sha256', hash };
  }
  if (needed.isAdapter) nameBase(place.model, base, folder);
  return { source: folder, files };
}

/** Copies and syncs a file, and gives its SHA-256. Throws `disk`, `cancelled`. */
async function copyHashed(
  from: string,
  to: string,
  signal: AbortSignal | undefined,
  onBytes: (bytes: number) => void,
): Promise<string> {
  const hash = createHash('sha256');
  const hashing = new Transform({
    transform(piece: Buffer, _encoding, pass) {
      hash.update(piece);
      onBytes(piece.length);
      pass(null, piece);
    },
  });
  try {
    const reading = createReadStream(from, { highWaterMark: 1 << 20 });
    await pipeline([reading, hashing, createWriteStream(to)], signal === undefined ? {} : { signal });
    const handle = await open(to, 'r+');
    await handle.sync().finally(() => handle.close());
  } catch (error) {
    throwIfCancelled(signal);
    throw diskError(to, error);
  }
  return hash.digest('hex');
}
