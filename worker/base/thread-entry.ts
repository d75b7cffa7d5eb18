import * as z from 'zod';
import type { ErrorCode } from './errors.ts';
import { ClozeError, messageOf } from './errors.ts';

/** What a kind of thread takes and gives back; both sides check their messages against it. */
export interface ThreadKind<Task, Result> {
  /** The thread's source, worker/ENTRY.thread.ts; the build bundles it as dist/threads/NAME.js, its last part. */
  readonly entry: string;
  readonly task: z.ZodType<Task>;
  readonly result: z.ZodType<Result>;
}

const RequestSchema = z.object({ id: z.int(), task: z.unknown() });

export const ReplySchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('progress'), id: z.int(), value: z.number() }),
  z.object({ type: z.literal('done'), id: z.int(), result: z.unknown() }),
  z.object({
    type: z.literal('failed'),
    id: z.int(),
    message: z.string(),
    stack: z.string().optional(),
    /** Of a ClozeError. */
    code: z.custom<ErrorCode>((value) => typeof value === 'string').optional(),
    hint: z.string().optional(),
  }),
]);

export type Reply = z.infer<typeof ReplySchema>;

/** The global scope that web-worker gives a thread. */
declare const self: {
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void;
  postMessage(message: Reply): void;
};

/** Answers a pool's tasks, one at a time; call once, at the top of a `*.thread.ts` file. */
export function serveThread<Task, Result>(
  kind: ThreadKind<Task, Result>,
  handle: (task: Task, progress: (value: number) => void) => Result | Promise<Result>,
): void {
  self.addEventListener('message', (event) => {
    const { id, task } = RequestSchema.parse(event.data);
    const answer = async (): Promise<Reply> => {
      try {
        const progress = (value: number) => self.postMessage({ type: 'progress', id, value });
        return { type: 'done', id, result: await handle(kind.task.parse(task), progress) };
      } catch (error) {
        return { type: 'failed', id, ...describe(error) };
      }
    };
    void answer().then((reply) => self.postMessage(reply));
  });
}

function describe(error: unknown): Omit<Extract<Reply, { type: 'failed' }>, 'type' | 'id'> {
  return {
    message: messageOf(error),
    stack: error instanceof Error ? error.stack : undefined,
    ...(error instanceof ClozeError ? { code: error.code, hint: error.hint } : {}),
  };
}

/** The error that a thread's handler threw, as it was there. */
export function revive({ message, stack, code, hint }: Extract<Reply, { type: 'failed' }>): Error {
  const error = code === undefined ? new Error(message) : new ClozeError(code, message, { hint });
  if (stack !== undefined) error.stack = stack;
  return error;
}
