import * as z from 'zod';

/** What a tree hands to the command of a line. */
const LineSchema = z.object({ path: z.string() });

/** The folder of the line that a command was called on; undefined without one. */
export function pathOf(argument: unknown): string | undefined {
  return LineSchema.safeParse(argument).data?.path;
}
