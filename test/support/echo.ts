import * as z from 'zod';
import type { ThreadKind } from '../../worker/base/thread-entry.ts';

/** A thread for tests of the pool. */
export const echoKind: ThreadKind<
  { say: number; wait?: number | undefined; fail?: 'cloze' | 'plain' | 'exit' | undefined },
  number
> = {
  entry: '../test/support/echo',
  task: z.object({
    say: z.number(),
    wait: z.number().optional(),
    fail: z.enum(['cloze', 'plain', 'exit']).optional(),
  }),
  result: z.number(),
};
