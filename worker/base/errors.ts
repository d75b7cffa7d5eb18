/** What kind of thing went wrong; stable, so that callers and tests can branch on it. */
export type ErrorCode =
  | 'usage' // the call itself: a flag, a setting, an argument
  | 'config' // a configuration file or field
  | 'data' // the corpus or a document
  | 'tokenizer' // a tokenizer file, or text it can not handle
  | 'model' // a model's shape or its match with something else
  | 'checkpoint' // a safetensors file or a model folder
  | 'graph' // shapes, dtypes or structure of a graph under construction
  | 'provider' // an execution provider or its device
  | 'memory' // more memory needed than there is
  | 'disk' // writing failed
  | 'hub' // a model hub does not answer, or not as asked
  | 'credentials' // a model hub wants a token, or another
  | 'base' // an adapter's base model has to be named
  | 'locked' // another process owns the run
  | 'diverged' // the loss is no longer finite
  | 'cancelled';

/**
 * The one error class of the worker. The message names what was expected, what came, and where; `hint` says
 * what to try. Fields in `details` are what the message was made from.
 */
export class ClozeError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: ErrorCode,
    message: string,
    options: { hint?: string; details?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ClozeError';
    this.code = code;
    this.hint = options.hint;
    this.details = options.details ?? {};
  }
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The `code` that Node puts on a system error ('ENOENT', 'ENOSPC', ...), or undefined. */
export function systemCode(error: unknown): string | undefined {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return undefined;
}

/** Throws a `cancelled` error once the signal has fired. */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new ClozeError('cancelled', 'cancelled');
}
