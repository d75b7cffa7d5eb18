/** Answers of a Hub that are no files, in the user's words. */
import { ClozeError, messageOf } from '../base/errors.ts';
import type { HubAccess, Repository } from './repository.ts';

/** The Hub's own name for what is wrong, in a header of its answers. */
const ERROR_CODE = 'x-error-code';

/** An answer of `response.status` to a request for `what`. The token itself is never told. */
export function refusal(
  response: Response,
  { endpoint, token }: HubAccess,
  repository: Repository,
  what: string,
): ClozeError {
  const { status } = response;
  const { name, revision } = repository;
  const details = { status, endpoint, repository: name, revision, what };
  if (status === 401 || status === 403)
    return withoutAccess(response, token !== undefined, repository, details);
  if (status === 404) return notThere(response, token !== undefined, repository, details);
  if (status === 429) {
    return new ClozeError(
      'hub',
      `${endpoint} answers too many requests (429) to ${what} and goes on doing so`,
      {
        hint: 'try again later: what has come is kept; with a token the Hub allows more',
        details,
      },
    );
  }
  return new ClozeError('hub', `${endpoint} answers ${status} to ${what} of ${name}`, {
    hint: status >= 500 ? 'try again later: what has come is kept' : 'check the address of the Hub',
    details,
  });
}

function withoutAccess(
  response: Response,
  hasToken: boolean,
  { name }: Repository,
  details: Record<string, unknown>,
): ClozeError {
  const { status } = response;
  const isGated = response.headers.get(ERROR_CODE) === 'GatedRepo';
  if (!hasToken) {
    const why = isGated ? 'its owner wants to know who fetches it' : 'it is private, or not there';
    return new ClozeError(
      'credentials',
      `the Hub does not give ${name} without a token (${status}): ${why}`,
      {
        hint: 'give a token that may read it: HF_TOKEN on the command line, Cloze: Set Hugging Face Token in VS Code',
        details,
      },
    );
  }
  return new ClozeError('credentials', `the token does not suffice for ${name} (${status})`, {
    hint: isGated
      ? "accept the model's terms on its page on the Hub, with the account of the token"
      : 'check that the token is still valid, may read this repository, and that the name is right',
    details,
  });
}

function notThere(
  response: Response,
  hasToken: boolean,
  { name, revision }: Repository,
  details: Record<string, unknown>,
): ClozeError {
  const code = response.headers.get(ERROR_CODE);
  if (code === 'RevisionNotFound') {
    return new ClozeError('hub', `${name} has no revision ${revision} (404)`, {
      hint: 'give a branch, a tag or a commit that its page on the Hub lists',
      details,
    });
  }
  return new ClozeError('hub', `the Hub has no ${name} at revision ${revision} (404)`, {
    hint: hasToken
      ? 'check the name and the revision, and that the token may see it'
      : 'check the name and the revision; one that is private needs a token',
    details,
  });
}

/** No answer at all. */
export function unreachable(endpoint: string, error: unknown): ClozeError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return new ClozeError('hub', `cannot reach ${endpoint}: ${messageOf(cause) || 'no answer'}`, {
    hint: 'check the network, and the address of the Hub; what has come is kept',
    cause: error,
    details: { endpoint },
  });
}
