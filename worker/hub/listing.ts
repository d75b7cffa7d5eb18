/** Which files a repository has at a revision. */
import { listFiles, modelInfo } from '@huggingface/hub';
import { ClozeError, messageOf } from '../base/errors.ts';
import type { HubConnection } from './connection.ts';

/** By what a file's content is known: a SHA-256 (Git LFS), or the SHA-1 that git gives a blob. */
export interface ContentHash {
  readonly algorithm: 'sha256' | 'git-sha1';
  readonly hex: string;
}

export interface RemoteFile {
  readonly name: string;
  readonly bytes: number;
  readonly hash: ContentHash;
}

export interface Listing {
  /** The commit that the revision named when it was asked for. */
  readonly commit: string;
  /** Of the repository's root. */
  readonly files: readonly RemoteFile[];
}

/** Resolves the revision to a commit and lists its files. Throws `credentials`, `hub`, `cancelled`. */
export async function listRepository(hub: HubConnection): Promise<Listing> {
  const { name, revision } = hub.repository;
  const common = { hubUrl: hub.access.endpoint, fetch: hub.fetch };
  try {
    const { sha } = await modelInfo({ ...common, name, revision, additionalFields: ['sha'] });
    if (typeof sha !== 'string' || !/^[0-9a-f]{40}$/.test(sha)) throw new Error('it names no commit');
    const files: RemoteFile[] = [];
    for await (const entry of listFiles({ ...common, repo: { type: 'model', name }, revision: sha })) {
      if (entry.type === 'file') files.push(remoteFile(entry));
    }
    return { commit: sha, files };
  } catch (error) {
    if (error instanceof ClozeError) throw error;
    const message = `the answer of ${hub.access.endpoint} about ${name} is not one of a Hub: ${messageOf(error)}`;
    throw new ClozeError('hub', message, { hint: 'check the address of the Hub', cause: error });
  }
}

interface Entry {
  readonly path: string;
  readonly size: number;
  readonly oid?: string;
  readonly lfs?: { readonly oid: string; readonly size: number };
}

/** What the library hands on as it came is checked here. */
function remoteFile({ path, size, oid = '', lfs }: Entry): RemoteFile {
  const bytes = lfs?.size ?? size;
  const hash: ContentHash =
    lfs === undefined ? { algorithm: 'git-sha1', hex: oid } : { algorithm: 'sha256', hex: lfs.oid };
  const isHash = hash.algorithm === 'sha256' ? /^[0-9a-f]{64}$/ : /^[0-9a-f]{40}$/;
  if (typeof path !== 'string' || !Number.isSafeInteger(bytes) || bytes < 0 || !isHash.test(hash.hex)) {
    throw new Error(`the file ${path} has no size or no hash`);
  }
  return { name: path, bytes, hash };
}
