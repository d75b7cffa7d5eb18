import { readFileSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import * as z from 'zod';
import { checked } from '../base/checked.ts';
import { ClozeError, messageOf } from '../base/errors.ts';
import { jsonFile, writeFiles } from '../checkpoints/content.ts';
import { ADAPTER_CONFIG } from '../checkpoints/peft.ts';
import { hasReplaceable } from '../checkpoints/replace.ts';
import { modelFolder } from '../models/model-folder.ts';

const ConfigSchema = z.looseObject({ base_model_name_or_path: z.string().min(1) });

/**
 * Writes into the adapter_config.json of `folder` where the base model is on this machine: `given`, or what the file names,
 * seen `from` the folder that it comes from. Throws `base` where neither is there, `usage`, `checkpoint`, `disk`.
 */
export function nameBase(folder: string, given: string | undefined, from: string | undefined): void {
  const path = join(folder, ADAPTER_CONFIG);
  const config = checked(parsed(path), ConfigSchema, path, 'checkpoint');
  const named = config.base_model_name_or_path;
  const base = given === undefined ? baseOf(named, from) : resolve(modelFolder(given));
  if (base === undefined) {
    throw new ClozeError(
      'base',
      `an adapter needs its base model, ${named}, which is not on this machine by that name`,
      {
        hint: `name its folder as the base (--base FOLDER); if ${named} is on a Hub, import it first`,
        details: { base: named },
      },
    );
  }
  writeFiles(folder, { [ADAPTER_CONFIG]: jsonFile({ ...config, base_model_name_or_path: base }) });
}

/** A name on a Hub means no folder that happens to be called so. */
function baseOf(named: string, from: string | undefined): string | undefined {
  if (from === undefined && !isAbsolute(named)) return undefined;
  const base = resolve(from ?? '', named);
  return hasReplaceable(base) ? base : undefined;
}

function parsed(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new ClozeError('checkpoint', `${path}: ${messageOf(error)}`, { cause: error, details: { path } });
  }
}
