/**
 * An HTTP server on loopback that answers as the Hugging Face Hub does: revisions, listings in pages, small files from git,
 * large ones by redirect to another host, entity tags, ranges, refusals, and faults on request.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

type Files = Readonly<Record<string, string | Uint8Array>>;

interface Repository {
  /** Contents by path, by commit. */
  readonly commits: Map<string, Map<string, Buffer>>;
  /** Commits by branch or tag. */
  readonly refs: Map<string, string>;
  access: 'public' | 'private' | 'gated';
}

/** What goes wrong with an answer. */
export type Fault =
  | { readonly kind: 'status'; readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  /** The connection ends after so many bytes of the body. */
  | { readonly kind: 'cut'; readonly after: number }
  /** Nothing more comes after so many bytes. */
  | { readonly kind: 'stall'; readonly after: number }
  /** Other bytes of the same length. */
  | { readonly kind: 'garble' }
  /** A range is answered with the whole, as by a server that knows no ranges. */
  | { readonly kind: 'no-ranges' };

export interface SeenRequest {
  readonly path: string;
  /** Whether it came to the host of large files. */
  readonly isStorage: boolean;
  readonly headers: IncomingMessage['headers'];
}

const TOKEN = 'hf_loopback';
const PAGE = 3;

export class FakeHub {
  readonly token = TOKEN;
  readonly requests: SeenRequest[] = [];
  /** Sizes that listings tell in the place of the true ones, by path. */
  readonly claimedSizes = new Map<string, number>();
  readonly #repositories = new Map<string, Repository>();
  readonly #faults: { readonly pattern: RegExp; readonly fault: Fault; left: number }[] = [];
  readonly #hub: Server;
  readonly #storage: Server;
  readonly #blobs = new Map<string, Buffer>();

  private constructor() {
    this.#hub = createServer((request, response) => this.#answer(request, response, false));
    this.#storage = createServer((request, response) => this.#answer(request, response, true));
  }

  static async start(): Promise<FakeHub> {
    const hub = new FakeHub();
    await Promise.all([hub.#hub, hub.#storage].map(listening));
    return hub;
  }

  get endpoint(): string {
    return addressOf(this.#hub);
  }

  close(): void {
    for (const server of [this.#hub, this.#storage]) {
      server.close();
      server.closeAllConnections();
    }
  }

  /** Puts a commit with these files on a branch of a repository, which is made if it is not there. */
  commit(name: string, files: Files, branch = 'main'): string {
    const repository = this.#repositories.get(name) ?? newRepository();
    this.#repositories.set(name, repository);
    const contents = new Map(Object.entries(files).map(([path, content]) => [path, Buffer.from(content)]));
    for (const content of contents.values()) this.#blobs.set(sha256(content), content);
    const commit = createHash('sha1')
      .update([...contents].map(([path, content]) => path + sha256(content)).join())
      .digest('hex');
    repository.commits.set(commit, contents);
    repository.refs.set(branch, commit);
    return commit;
  }

  restrict(name: string, access: Repository['access']): void {
    this.#repositories.get(name)!.access = access;
  }

  /** Lets the next answers to requests whose path matches go wrong. */
  fail(pattern: RegExp, fault: Fault, times = 1): void {
    this.#faults.push({ pattern, fault, left: times });
  }

  /** Paths of the requests for contents, in order. */
  get fetched(): string[] {
    return this.requests.filter(({ path }) => !path.startsWith('/api/')).map(({ path }) => path);
  }

  #answer(request: IncomingMessage, response: ServerResponse, isStorage: boolean): void {
    const url = new URL(request.url ?? '/', this.endpoint);
    const path = decodeURIComponent(url.pathname);
    this.requests.push({ path, isStorage, headers: request.headers });
    const found = this.#faults.find(({ pattern, left }) => left > 0 && pattern.test(path));
    if (found !== undefined) found.left--;
    const fault = found?.fault;
    if (fault?.kind === 'status') {
      refuse(response, fault.status, undefined, fault.headers);
      return;
    }
    if (isStorage) this.#sendBlob(request, response, path, fault);
    else this.#answerHub(request, response, path, url, fault);
  }

  #sendBlob(
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
    fault: Fault | undefined,
  ): void {
    const content = this.#blobs.get(path.replace('/blobs/', ''));
    if (request.headers.authorization !== undefined)
      refuse(response, 400); // as storage with signed addresses does
    else if (content === undefined) refuse(response, 404);
    else sendContent(request, response, content, `"${sha256(content)}"`, fault);
  }

  #answerHub(
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
    url: URL,
    fault: Fault | undefined,
  ): void {
    const [, api, name = '', kind, rest = ''] =
      /^(\/api\/models)?\/([^/]+\/[^/]+)\/(revision|tree|resolve)\/(.+)$/.exec(path) ?? [];
    const repository = this.#repositories.get(name);
    const isKnown = request.headers.authorization === `Bearer ${TOKEN}`;
    if (request.headers.authorization !== undefined && !isKnown) {
      refuse(response, 401);
    } else if (repository === undefined || (repository.access === 'private' && !isKnown)) {
      refuse(response, isKnown ? 404 : 401, 'RepoNotFound');
    } else if (repository.access === 'gated' && kind === 'resolve') {
      refuse(response, isKnown ? 403 : 401, 'GatedRepo');
    } else {
      const [ref, file] = kind === 'resolve' ? splitOnce(rest) : [rest, ''];
      const commit = repository.refs.get(ref) ?? ref;
      const files = repository.commits.get(commit);
      if (files === undefined) refuse(response, 404, 'RevisionNotFound');
      else if (api === undefined) this.#resolve(request, response, { commit, files, file, fault });
      else if (kind === 'revision') send(response, { _id: 'x', id: name, sha: commit, private: false });
      else this.#list(response, files, url);
    }
  }

  /** As https://huggingface.co/docs/hub/api tells of it, a page at a time. */
  #list(response: ServerResponse, files: ReadonlyMap<string, Buffer>, url: URL): void {
    const from = Number(url.searchParams.get('cursor') ?? 0);
    const entries = [...files].map(([path, content]) => {
      const common = { type: 'file', path, size: content.length };
      if (!isLarge(path)) return { ...common, oid: gitHash(content) };
      const size = this.claimedSizes.get(path) ?? content.length;
      const lfs = { oid: sha256(content), size, pointerSize: 134 };
      return { ...common, oid: gitHash(Buffer.from(lfs.oid)), lfs };
    });
    entries.unshift({ type: 'directory', path: 'onnx', size: 0, oid: gitHash(Buffer.from('')) });
    if (from + PAGE < entries.length) {
      url.searchParams.set('cursor', String(from + PAGE));
      response.setHeader('link', `<${url.href}>; rel="next"`);
    }
    send(response, entries.slice(from, from + PAGE));
  }

  #resolve(
    request: IncomingMessage,
    response: ServerResponse,
    { commit, files, file, fault }: Resolved,
  ): void {
    const content = files.get(file);
    response.setHeader('x-repo-commit', commit);
    if (content === undefined) refuse(response, 404, 'EntryNotFound');
    else if (isLarge(file)) {
      response.setHeader('x-linked-size', content.length);
      response.setHeader('x-linked-etag', `"${sha256(content)}"`);
      response
        .writeHead(302, { location: `${addressOf(this.#storage, 'localhost')}/blobs/${sha256(content)}` })
        .end();
    } else sendContent(request, response, content, `"${gitHash(content)}"`, fault);
  }
}

interface Resolved {
  readonly commit: string;
  readonly files: ReadonlyMap<string, Buffer>;
  readonly file: string;
  readonly fault: Fault | undefined;
}

function newRepository(): Repository {
  return { commits: new Map(), refs: new Map(), access: 'public' };
}

function isLarge(path: string): boolean {
  return /\.(safetensors|bin)$/.test(path);
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

function gitHash(content: Buffer): string {
  return createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
}

function splitOnce(path: string): [string, string] {
  const [first = '', ...others] = path.split('/');
  return [first, others.join('/')];
}

function send(response: ServerResponse, value: unknown): void {
  response.setHeader('content-type', 'application/json; charset=utf-8');
  response.end(JSON.stringify(value));
}

function refuse(
  response: ServerResponse,
  status: number,
  code?: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (code !== undefined) response.setHeader('x-error-code', code);
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify({ error: `answer ${status}` }));
}

/** With ranges as RFC 9110 has them. */
function sendContent(
  request: IncomingMessage,
  response: ServerResponse,
  content: Buffer,
  tag: string,
  fault: Fault | undefined,
): void {
  const [, first] = /^bytes=(\d+)-/.exec(request.headers.range ?? '') ?? [];
  const isSame = request.headers['if-range'] === undefined || request.headers['if-range'] === tag;
  const isPart = first !== undefined && isSame && fault?.kind !== 'no-ranges';
  const from = isPart ? Number(first) : 0;
  if (isPart && from >= content.length) {
    response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end();
    return;
  }
  const body = content.subarray(from);
  response.writeHead(isPart ? 206 : 200, {
    etag: tag,
    'accept-ranges': 'bytes',
    'content-length': body.length,
    ...(isPart ? { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` } : {}),
  });
  if (request.method === 'HEAD') response.end();
  else sendBody(response, body, fault);
}

function sendBody(response: ServerResponse, body: Buffer, fault: Fault | undefined): void {
  if (fault?.kind === 'garble') response.end(body.map((byte) => byte ^ 1));
  else if (fault?.kind === 'stall') response.write(body.subarray(0, fault.after));
  else if (fault?.kind === 'cut') {
    response.write(body.subarray(0, fault.after));
    // once they are there, and tags are on a busy disk: who reads loses what it has not read yet
    setTimeout(() => response.destroy(), fault.after === 0 ? 0 : 500);
  } else response.end(body);
}

async function listening(server: Server): Promise<void> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
}

function addressOf(server: Server, host = '127.0.0.1'): string {
  return `http://${host}:${(server.address() as AddressInfo).port}`;
}
