import * as z from 'zod';

export const ExportRequestSchema = z.strictObject({
  /** A model folder, or a run folder: then its best checkpoint. */
  model: z.string(),
  /** The folder to write. */
  out: z.string(),
  /** Whether a model that is there already may be replaced. Default no. */
  force: z.boolean().optional(),
});
export type ExportRequest = z.output<typeof ExportRequestSchema>;

export const ExportResultSchema = z.object({
  folder: z.string(),
  /** The folder that was copied. */
  from: z.string(),
  files: z.array(z.string()),
  bytes: z.int(),
  parameters: z.int(),
  /** What is worth knowing of the copy. */
  note: z.string().optional(),
});
export type ExportResult = z.output<typeof ExportResultSchema>;
