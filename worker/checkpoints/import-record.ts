/** Where an imported model comes from: a small file beside it. */
import * as z from 'zod';

export const IMPORT_RECORD = 'cloze_import.json';

export const ImportRecordSchema = z.object({
  /** owner/name on a Hub, or a folder. */
  source: z.string(),
  /** Of a Hub alone: its address, what was asked for, and the commit that this was then. */
  endpoint: z.string().optional(),
  revision: z.string().optional(),
  commit: z.string().optional(),
  /** When, as ISO 8601. */
  imported: z.string(),
  /** As they came, by name. */
  files: z.record(z.string(), z.object({ bytes: z.int(), algorithm: z.string(), hash: z.string() })),
});
export type ImportRecord = z.output<typeof ImportRecordSchema>;
