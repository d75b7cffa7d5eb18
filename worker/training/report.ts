import * as z from 'zod';

const scores = z.record(z.string(), z.number());

/** How the model of a finished run does on test data, which neither training nor the choice of a checkpoint has seen. */
export const RunReportSchema = z.object({
  /** Examples of the test data. */
  examples: z.int(),
  /** By name, such as accuracy and macroF1. */
  model: scores,
  /** Of the baseline on the same split, where there is one. */
  baseline: scores.optional(),
  /** Of the baseline, in words. */
  baselineName: z.string().optional(),
  /** Of each class or kind of entity, where there are such. */
  classes: z
    .array(
      z.object({
        name: z.string(),
        precision: z.number(),
        recall: z.number(),
        f1: z.number(),
        examples: z.int(),
      }),
    )
    .optional(),
  /** How often examples of the row's class were taken for the column's, in the order of `classes`. */
  confusion: z.array(z.array(z.int())).optional(),
});

export type RunReport = z.output<typeof RunReportSchema>;
