/** What is asked of a Hub, and of whom. */
import { ClozeError } from '../base/errors.ts';

const DEFAULT_ENDPOINT = 'https://huggingface.co';
export const DEFAULT_REVISION = 'main';

/** A model's repository at a revision. */
export interface Repository {
  /** owner/name. */
  readonly name: string;
  /** A branch, a tag or a commit. */
  readonly revision: string;
}

export interface HubAccess {
  /** Address of a Hub: the scheme, the host and perhaps a path, without a slash at the end. */
  readonly endpoint: string;
  readonly token: string | undefined;
}

/** Whether a text names a repository. */
export function isRepositoryName(text: string): boolean {
  return /^[A-Za-z0-9][\w.-]*\/[A-Za-z0-9_][\w.-]*$/.test(text) && !text.includes('..');
}

/**
 * Checks the address of a Hub and the token for it. Throws `usage` for an address that is none, and for one to which a
 * token would travel in the clear.
 */
export function hubAccess(endpoint = '', token = ''): HubAccess {
  const address = endpoint === '' ? DEFAULT_ENDPOINT : endpoint.replace(/\/+$/, '');
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol) || url.search !== '') {
    throw new ClozeError(
      'usage',
      `expected the address of a Hub such as ${DEFAULT_ENDPOINT}, got ${endpoint}`,
    );
  }
  if (token !== '' && url.protocol === 'http:' && !isLoopback(url.hostname)) {
    throw new ClozeError('usage', `a token for ${address} would travel without encryption`, {
      hint: 'use an address that begins with https, or no token',
    });
  }
  return { endpoint: address, token: token === '' ? undefined : token };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host);
}
