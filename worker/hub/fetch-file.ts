/** One file of a repository to the disk: resumed where it stopped, begun anew where it has changed, checked by its hash. */
import { ClozeError, messageOf, throwIfCancelled } from '../base/errors.ts';
import type { HubConnection } from './connection.ts';
import type { PartialFile } from './partial-file.ts';

/**
 * Fetches what is missing of a file. A transfer that breaks off goes on from there after a while, as often as it brings
 * something, and a few times if not. Throws `hub`, `credentials`, `disk`, `cancelled`; what has come stays for the next time,
 * unless its hash is wrong.
 */
export async function fetchFile(
  hub: HubConnection,
  commit: string,
  part: PartialFile,
  onBytes: () => void,
): Promise<void> {
  for (let attempt = 1; !part.isWhole; attempt++) {
    await fetchAll(hub, commit, part, onBytes);
    throwIfCancelled(hub.signal);
    if (await part.finish()) return;
    part.startOver(); // pieces of two contents, or not what was listed: one more try tells
    onBytes();
    if (attempt === 2) throw wrongContent(hub, commit, part);
  }
}

/** Until there are as many bytes as were listed. */
async function fetchAll(
  hub: HubConnection,
  commit: string,
  part: PartialFile,
  onBytes: () => void,
): Promise<void> {
  let most = part.bytes;
  for (let fruitless = 0; part.bytes !== part.file.bytes || part.file.bytes === 0;) {
    const problem = await transfer(hub, commit, part, onBytes);
    if (problem === undefined && part.bytes === part.file.bytes) return;
    const bytes = part.bytes;
    fruitless = bytes > most ? 0 : fruitless + 1;
    most = Math.max(most, bytes);
    if (fruitless >= hub.patience.tries) throw brokenOff(hub, part, problem);
    await hub.pause(fruitless + 1, `${part.file.name} broke off`);
  }
}

/** One request and what it brings. Gives what broke it off, if something did. */
async function transfer(
  hub: HubConnection,
  commit: string,
  part: PartialFile,
  onBytes: () => void,
): Promise<unknown> {
  if (part.bytes > part.file.bytes) part.startOver();
  const from = part.bytes;
  const headers = from === 0 ? {} : rangeHeaders(from, part.entityTag);
  const response = await hub.request(
    hub.urlOf(commit, part.file.name),
    part.file.name,
    { headers: { ...headers, 'accept-encoding': 'identity' } },
    [416],
  );
  const goesOn = continues(response, from, part);
  if (from > 0 && !goesOn) part.startOver(); // it has changed, or can not be continued
  if (response.status === 416 || (response.status === 206 && !goesOn)) {
    await response.body?.cancel();
    return undefined;
  }
  if (part.bytes === 0) await part.setEntityTag(response.headers.get('etag'));
  try {
    await part.append(piecesOf(hub, response, part.file.bytes - part.bytes), onBytes);
    return undefined;
  } catch (error) {
    throwIfCancelled(hub.signal);
    if (error instanceof ClozeError) throw error;
    return error;
  }
}

/** The bytes from there on, if it is still the same content: else all of it is sent (RFC 9110, 13.1.5). */
function rangeHeaders(from: number, tag: string | undefined): Record<string, string> {
  return { range: `bytes=${from}-`, ...(tag === undefined ? {} : { 'if-range': tag }) };
}

/** Whether an answer goes on where the part ends. */
function continues(response: Response, from: number, part: PartialFile): boolean {
  if (response.status !== 206) return false;
  const [, first, total] =
    /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get('content-range') ?? '') ?? [];
  return Number(first) === from && (total === '*' || Number(total) === part.file.bytes);
}

/** The body, no longer than it may be; one that falls silent is given up. */
async function* piecesOf(hub: HubConnection, response: Response, most: number): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  let left = most;
  try {
    for (;;) {
      const next: { readonly value?: unknown } = await withinTime(reader.read(), hub.patience.silence);
      if (!(next.value instanceof Uint8Array)) return; // the end
      left -= next.value.length;
      if (left < 0) throw new Error('more bytes came than were listed');
      yield next.value;
    }
  } finally {
    await reader.cancel().catch(() => undefined); // broken off already
  }
}

async function withinTime<T>(promise: Promise<T>, time: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing came for ${time / 1000} s`)), time);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

function brokenOff({ access, repository }: HubConnection, part: PartialFile, problem: unknown): ClozeError {
  const { name, bytes } = part.file;
  const cause = problem instanceof Error && problem.cause instanceof Error ? problem.cause : problem;
  const why = problem === undefined ? 'the answer ended too early' : messageOf(cause);
  return new ClozeError(
    'hub',
    `${name} of ${repository.name} broke off at ${part.bytes} of ${bytes} bytes, again and again: ${why}`,
    {
      hint: 'try again later: what has come is kept, and goes on from there',
      details: { file: name, bytes: part.bytes, of: bytes, endpoint: access.endpoint },
    },
  );
}

function wrongContent({ access, repository }: HubConnection, commit: string, part: PartialFile): ClozeError {
  const { name, hash } = part.file;
  return new ClozeError(
    'hub',
    `${name} of ${repository.name} at ${commit.slice(0, 8)} is not what the Hub lists: its ${hash.algorithm} is not ${hash.hex}`,
    {
      hint: 'nothing of it was kept; try again, or ask who runs this Hub',
      details: { file: name, expected: hash.hex, endpoint: access.endpoint },
    },
  );
}
