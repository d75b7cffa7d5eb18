/** What an import takes from a Hub. */
import { join } from 'node:path';
import type { ImportRecord } from '../checkpoints/import-record.ts';
import { INDEX_FILE, shardsOf } from '../checkpoints/sharded.ts';
import { HubConnection } from '../hub/connection.ts';
import { Download } from '../hub/download.ts';
import { listRepository } from '../hub/listing.ts';
import { neededFiles, neededShards } from '../hub/needed-files.ts';
import { DEFAULT_REVISION, hubAccess } from '../hub/repository.ts';
import type { ImportRequest } from '../protocol/import.ts';
import { nameBase } from './adapter-base.ts';
import { checkDescription } from './check-model.ts';
import type { ImportHooks } from './import.ts';
import type { ImportPlace } from './import-place.ts';

/**
 * Fetches what Cloze needs of a repository at the commit that its revision names now. What the small files tell is checked
 * before the weights are fetched. Throws as `importModel`.
 */
export async function gatherRepository(
  { source, revision = DEFAULT_REVISION, base, endpoint, token }: ImportRequest,
  place: ImportPlace,
  { signal, onProgress, onNote, patience }: ImportHooks,
): Promise<Omit<ImportRecord, 'imported'>> {
  const repository = { name: source, revision };
  const hub = new HubConnection(hubAccess(endpoint, token), repository, {
    signal,
    patience,
    onWait: (wait, why) => onNote?.(`${why}: the next try is in ${Math.ceil(wait / 1000)} s`),
  });
  onProgress?.({ phase: 'asking', done: 0, total: 0 });
  const listing = await listRepository(hub);
  const names = listing.files.map(({ name }) => name);
  const where = `${source} at ${revision}`;
  const needed = neededFiles(names, where);
  const download = new Download(hub, listing, place.contents, (progress) =>
    onProgress?.({ phase: 'fetching', ...progress }),
  );
  download.removeStale();
  await download.fetch(needed.describing);
  place.add(download.paths);
  if (needed.isAdapter) nameBase(place.model, base, undefined);
  else await checkDescription(place.model);
  const shards = needed.describing.includes(INDEX_FILE)
    ? neededShards(shardsOf(join(place.model, INDEX_FILE)), names, where)
    : [];
  await download.fetch([...needed.weights, ...shards]);
  place.add(download.paths);
  const files = download.files.map(({ name, bytes, hash: { algorithm, hex } }) => [
    name,
    { bytes, algorithm, hash: hex },
  ]);
  return {
    source,
    endpoint: hub.access.endpoint,
    revision,
    commit: listing.commit,
    files: Object.fromEntries(files) as ImportRecord['files'],
  };
}
