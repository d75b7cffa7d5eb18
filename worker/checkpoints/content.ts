import { join } from 'node:path';
import { writePartsAtomicSync } from '../base/files.ts';

/** A file's content, or what writes (and syncs) it at the path it is given. */
export type FileContent = string | Uint8Array | ((path: string) => void);

/** Writes and syncs files by name into a folder. Throws `disk`. */
export function writeFiles(folder: string, files: Readonly<Record<string, FileContent>>): void {
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    if (typeof content === 'function') content(path);
    else writePartsAtomicSync(path, [typeof content === 'string' ? Buffer.from(content) : content]);
  }
}

/** A JSON file as Hugging Face's libraries write it. */
export function jsonFile(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

/** Fields of which transformers takes nothing but floats. */
const FLOATS = [
  'initializer_range',
  'layer_norm_eps',
  'layer_norm_epsilon',
  'norm_epsilon',
  'rms_norm_eps',
  'router_aux_loss_coef',
  'router_jitter_noise',
];
const WHOLE = new RegExp(`^( *"(?:${FLOATS.join('|')})": -?\\d+)(?=,?$)`, 'gm');

/** A config.json, in which 0.0 is not the 0 that JavaScript would write. */
export function configFile(config: object): string {
  return jsonFile(config).replace(WHOLE, '$1.0');
}
