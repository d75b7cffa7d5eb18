import * as z from 'zod';
import { EXPORT_FORMATS, GGUF_TYPES } from '../export/formats.ts';

const ExportFormatSchema = z.enum(EXPORT_FORMATS);

export const ExportRequestSchema = z.strictObject({
  /** A model folder, or a run folder: then its best checkpoint. */
  model: z.string(),
  /** The folder to write; for GGUF the file, whose name ends with .gguf. */
  out: z.string(),
  /** Default a Hugging Face folder. */
  format: ExportFormatSchema.optional(),
  /** Of the matrices in a GGUF file. Default f32. */
  dtype: z.enum(GGUF_TYPES).optional(),
  /** Whether a model that is there already may be replaced. Default no. */
  force: z.boolean().optional(),
});
export type ExportRequest = z.output<typeof ExportRequestSchema>;

export const ExportResultSchema = z.object({
  /** The folder or file that was written. */
  path: z.string(),
  /** The folder that was copied. */
  from: z.string(),
  /** Paths of the files within the folder. */
  files: z.array(z.string()),
  bytes: z.int(),
  parameters: z.int(),
  /** What is worth knowing of the copy. */
  note: z.string().optional(),
});
export type ExportResult = z.output<typeof ExportResultSchema>;

export const ExportFormatsRequestSchema = z.strictObject({ model: z.string() });
export type ExportFormatsRequest = z.output<typeof ExportFormatsRequestSchema>;

export const ExportFormatsSchema = z.array(
  z.object({
    format: ExportFormatSchema,
    /** Why the model can not be written so. */
    problem: z.string().optional(),
  }),
);
export type ExportFormats = z.output<typeof ExportFormatsSchema>;
