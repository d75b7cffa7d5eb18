/**
 * Typed calls over vscode-jsonrpc, for both borders of Cloze: extension to worker (Node's IPC channel) and page to
 * extension (postMessage). A contract is a table of methods; one side serves it, the other calls it. What comes over a
 * border is checked by the method's schemas on the side that receives it.
 */
import {
  type CancellationToken,
  CancellationTokenSource,
  ErrorCodes,
  type MessageConnection,
  ProgressType,
  ResponseError,
} from 'vscode-jsonrpc';
import * as z from 'zod';
import { ClozeError, type ErrorCode, messageOf } from '../base/errors.ts';
import { checked } from '../base/checked.ts';

/** What a method takes, what it gives at its end, and what it tells on the way. */
export interface Method {
  readonly params: z.ZodType;
  readonly result: z.ZodType;
  /** Left out where it tells nothing. */
  readonly event?: z.ZodType;
}

export type Methods = Readonly<Record<string, Method>>;

export type ParamsOf<M extends Method> = z.output<M['params']>;
export type ResultOf<M extends Method> = z.output<M['result']>;
export type EventOf<M extends Method> = M extends { readonly event: infer E extends z.ZodType }
  ? z.output<E>
  : never;

type NameOf<M extends Methods> = keyof M & string;

/** One call, from the serving side. */
export interface Call<Event> {
  /** Fires when the caller cancels, or goes away. */
  readonly signal: AbortSignal;
  readonly tell: (event: Event) => void;
}

export type Handlers<M extends Methods> = {
  readonly [Name in NameOf<M>]: (
    params: ParamsOf<M[Name]>,
    call: Call<EventOf<M[Name]>>,
  ) => Promise<ResultOf<M[Name]>> | ResultOf<M[Name]>;
};

export interface CallOptions<Event> {
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: Event) => void) | undefined;
}

/** How params and events travel. */
const EnvelopeSchema = z.object({ call: z.int(), params: z.unknown() });
const progress = new ProgressType<unknown>();

/** An error as it travels: a code of ours, or `internal` for what nobody foresaw. */
const ErrorDataSchema = z.object({ code: z.string(), hint: z.string().optional() });

/** The other side's error. `code` is an {@link ErrorCode}, or `internal`. */
export class RemoteError extends Error {
  readonly code: string;
  readonly hint: string | undefined;

  constructor(message: string, { code, hint }: z.output<typeof ErrorDataSchema>) {
    super(message);
    this.name = 'RemoteError';
    this.code = code;
    this.hint = hint;
  }
}

/** Whether something thrown, here or on the other side, has this code. */
export function hasCode(error: unknown, code: ErrorCode): boolean {
  return (error instanceof RemoteError || error instanceof ClozeError) && error.code === code;
}

/** Calls under way on the serving side. */
export interface Service {
  /** Cancels them all and waits for their ends. */
  close(): Promise<void>;
}

/**
 * Serves a contract on a connection that does not listen yet. `admit` may throw to refuse a call. Params that do not
 * fit the schema are answered with a `usage` error that names the field.
 */
export function serve<M extends Methods>(
  connection: MessageConnection,
  methods: M,
  handlers: Handlers<M>,
  admit: (name: string) => void = () => undefined,
): Service {
  const calls = new Map<AbortController, Promise<unknown>>();
  const answerTo = async (name: NameOf<M>, message: unknown, signal: AbortSignal): Promise<unknown> => {
    try {
      admit(name);
      const { call, params } = checked(message, EnvelopeSchema, `call of ${name}`, 'usage');
      const tell = (event: unknown): void => void connection.sendProgress(progress, call, event);
      const handler = handlers[name] as (params: unknown, call: Call<unknown>) => unknown;
      return await handler(checked(params, methods[name]!.params, `params of ${name}`, 'usage'), {
        signal,
        tell,
      });
    } catch (error) {
      throw responseError(error);
    }
  };
  for (const name of Object.keys(methods) as NameOf<M>[]) {
    connection.onRequest(name, (message: unknown, token: CancellationToken) => {
      const canceller = abortOn(token);
      const answer = answerTo(name, message, canceller.signal);
      calls.set(canceller, answer);
      const ended = (): boolean => calls.delete(canceller);
      answer.then(ended, ended);
      return answer;
    });
  }
  connection.onRequest((name: string) => {
    throw responseError(
      new ClozeError('usage', `unknown method ${name}`, {
        hint: `there are ${Object.keys(methods).join(', ')}`,
      }),
    );
  });
  return {
    async close() {
      for (const canceller of calls.keys()) canceller.abort();
      await Promise.allSettled(calls.values());
    },
  };
}

/** Calls the methods of a contract that the other side serves. */
export class Client<M extends Methods> {
  readonly #connection: MessageConnection;
  readonly #methods: M;
  #calls = 0;

  constructor(connection: MessageConnection, methods: M) {
    this.#connection = connection;
    this.#methods = methods;
  }

  /**
   * Throws {@link RemoteError} with what the other side threw, and `usage` for an answer that does not fit the
   * contract. Rejects when the connection closes before the end.
   */
  async call<Name extends NameOf<M>>(
    name: Name,
    params: ParamsOf<M[Name]>,
    { signal, onEvent }: CallOptions<EventOf<M[Name]>> = {},
  ): Promise<ResultOf<M[Name]>> {
    const { result, event } = this.#methods[name]!;
    const call = this.#calls++;
    const source = new CancellationTokenSource();
    const cancel = (): void => source.cancel();
    const events = this.#connection.onProgress(progress, call, (value) => {
      if (event !== undefined)
        onEvent?.(checked(value, event, `event of ${name}`, 'usage') as EventOf<M[Name]>);
    });
    signal?.addEventListener('abort', cancel, { once: true });
    if (signal?.aborted === true) cancel();
    try {
      const answer: unknown = await this.#connection.sendRequest(name, { call, params }, source.token);
      return checked(answer, result, `result of ${name}`, 'usage') as ResultOf<M[Name]>;
    } catch (error) {
      throw error instanceof ResponseError ? remoteError(error as ResponseError<unknown>) : error;
    } finally {
      events.dispose();
      signal?.removeEventListener('abort', cancel);
      source.dispose();
    }
  }
}

function abortOn(token: CancellationToken): AbortController {
  const canceller = new AbortController();
  token.onCancellationRequested(() => canceller.abort());
  if (token.isCancellationRequested) canceller.abort();
  return canceller;
}

function responseError(error: unknown): ResponseError<z.output<typeof ErrorDataSchema>> {
  const known = error instanceof ClozeError || error instanceof RemoteError ? error : undefined;
  return new ResponseError(ErrorCodes.InternalError, messageOf(error), {
    code: known?.code ?? 'internal',
    hint: known?.hint,
  });
}

function remoteError({ message, data }: ResponseError<unknown>): RemoteError {
  const known = ErrorDataSchema.safeParse(data);
  return new RemoteError(message, known.success ? known.data : { code: 'internal' });
}
