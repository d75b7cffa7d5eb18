import * as z from 'zod';

export { isRepositoryName } from '../hub/repository.ts';

export const ImportRequestSchema = z.strictObject({
  /** A folder, or owner/name of a repository on a Hub. */
  source: z.string(),
  /** Whether it is a repository, whatever folder has that name. Default: where there is no such folder. */
  hub: z.boolean().optional(),
  /** The folder to make. */
  out: z.string(),
  /** Of a repository: a branch, a tag or a commit. Default main. */
  revision: z.string().optional(),
  /** Of an adapter: the folder of its base model, where adapter_config.json does not name one of this machine. */
  base: z.string().optional(),
  /** Whether a model that is there already may be replaced. Default no. */
  force: z.boolean().optional(),
  /** The Hub's address; without one, Hugging Face's. */
  endpoint: z.string().optional(),
  /** For the Hub alone; kept nowhere and never told. */
  token: z.string().optional(),
});
export type ImportRequest = z.output<typeof ImportRequestSchema>;

export const ImportProgressSchema = z.object({
  phase: z.enum(['asking', 'fetching', 'copying', 'checking']),
  /** Bytes. */
  done: z.int(),
  total: z.int(),
  /** The file that comes now, whole files, and files in all. */
  file: z.string().optional(),
  files: z.int().optional(),
  of: z.int().optional(),
});
export type ImportProgress = z.output<typeof ImportProgressSchema>;

export const ImportEventSchema = z.union([
  z.object({ progress: ImportProgressSchema }),
  z.object({ note: z.string() }),
]);
export type ImportEvent = z.output<typeof ImportEventSchema>;

export const ImportResultSchema = z.object({
  folder: z.string(),
  /** The folder or repository that it comes from. */
  source: z.string(),
  /** Of a repository: what its revision was then. */
  commit: z.string().optional(),
  files: z.array(z.string()),
  bytes: z.int(),
  /** Of an adapter with its base. */
  parameters: z.int(),
  /** Of an adapter: its base model's folder. */
  base: z.string().optional(),
});
export type ImportResult = z.output<typeof ImportResultSchema>;
