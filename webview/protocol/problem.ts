import * as z from 'zod';

/** Something that went wrong, and what to try. */
export const ProblemSchema = z.object({ message: z.string(), hint: z.string().optional() });
export type Problem = z.output<typeof ProblemSchema>;
