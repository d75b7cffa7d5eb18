/** Models from elsewhere: from a folder, or from a Hub when the user asks for it. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ClozeError, throwIfCancelled } from '../base/errors.ts';
import { isModelFile, readModelFolder } from '../checkpoints/folder.ts';
import type { ImportRecord } from '../checkpoints/import-record.ts';
import { baseChain } from '../checkpoints/peft.ts';
import { requireReplaceable } from '../checkpoints/replace.ts';
import type { Patience } from '../hub/connection.ts';
import { isRepositoryName } from '../hub/repository.ts';
import { countParameters } from '../models/layout.ts';
import type { ImportProgress, ImportRequest, ImportResult } from '../protocol/import.ts';
import { checkModel } from './check-model.ts';
import { requireFree } from './free-folder.ts';
import { gatherFolder } from './import-folder.ts';
import { gatherRepository } from './import-hub.ts';
import { ImportPlace } from './import-place.ts';
import { hashOf } from './training-adapter.ts';

export interface ImportHooks {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: ImportProgress) => void) | undefined;
  readonly onNote?: ((note: string) => void) | undefined;
  /** How long to bear with a Hub; default: as `PATIENCE`. */
  readonly patience?: Patience | undefined;
}

/**
 * Makes a model's or an adapter's folder of one from elsewhere: what Cloze needs of it, checked, whole or not at all. What
 * has come from a Hub before it broke off or was cancelled stays beside `out`, and the same call goes on from there.
 * Throws `usage` if something is there already (with `force`: something other than a model), `checkpoint`, `tokenizer` or
 * `model` for what can not be read, `base` for an adapter whose base is not known, `hub`, `credentials`, `disk`, `locked`,
 * `cancelled`.
 */
export async function importModel(request: ImportRequest, hooks: ImportHooks = {}): Promise<ImportResult> {
  const { source, base, force = false } = request;
  const out = resolve(request.out);
  const isFolder = request.hub !== true && isDirectory(source);
  if (!isFolder && !isRepositoryName(source)) throw noSource(source);
  requireFree(
    out,
    [isFolder ? source : undefined, base].filter(
      (path) => path !== undefined && existsSync(path),
    ) as string[],
    force,
  );
  requireReplaceable(out, isModelFile);
  const place = await ImportPlace.open(out);
  return place.use(async () => {
    try {
      const gather = isFolder ? gatherFolder : gatherRepository;
      const record = await gather(request, place, hooks);
      hooks.onProgress?.({ phase: 'checking', done: 0, total: 0 });
      const facts = await check(place.model, hooks.signal);
      throwIfCancelled(hooks.signal);
      place.finish({ ...record, imported: new Date().toISOString() });
      return { folder: out, ...described(out, record), ...facts };
    } catch (error) {
      throw ofSource(error, place.model, source);
    }
  });
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

async function check(
  folder: string,
  signal: AbortSignal | undefined,
): Promise<Pick<ImportResult, 'parameters' | 'base'>> {
  const opened = readModelFolder(folder);
  try {
    const { config } = await checkModel(opened);
    const [, base] = baseChain(folder);
    if (opened.adapted?.adapter.baseHash !== undefined) {
      await hashOf(base!, signal); // keeps nobody waiting, and is known from then on
      opened.adapted.requireBase();
    }
    return { parameters: countParameters(config), ...(base === undefined ? {} : { base }) };
  } finally {
    opened.tensors.close();
  }
}

function described(
  out: string,
  { source, commit }: Omit<ImportRecord, 'imported'>,
): Pick<ImportResult, 'source' | 'commit' | 'files' | 'bytes'> {
  const files = readdirSync(out).sort();
  const bytes = files.reduce((sum, name) => sum + statSync(join(out, name)).size, 0);
  return { source, ...(commit === undefined ? {} : { commit }), files, bytes };
}

/** An error about a file of the hidden folder is one about the file that it came from. */
function ofSource(error: unknown, folder: string, source: string): unknown {
  if (!(error instanceof ClozeError) || !error.message.includes(folder)) return error;
  const { code, message, hint, details, cause } = error;
  return new ClozeError(code, message.replaceAll(folder, source), {
    ...(hint === undefined ? {} : { hint }),
    details: { ...details, source },
    cause,
  });
}

function noSource(source: string): ClozeError {
  return new ClozeError(
    'usage',
    `expected a folder or a repository as owner/name, got ${source}, which is neither`,
    {
      hint: 'for example openai-community/gpt2, or the folder that holds config.json and model.safetensors',
      details: { source },
    },
  );
}
