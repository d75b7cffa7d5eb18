/** Which of a repository's files a model, or an adapter, is read from. */
import { ClozeError } from '../base/errors.ts';
import { TOKENIZER_FILES } from '../base/tokenizer-file-names.ts';
import { ADAPTER_CONFIG, ADAPTER_FILE } from '../checkpoints/peft.ts';
import { INDEX_FILE, SINGLE_FILE } from '../checkpoints/sharded.ts';

export interface NeededFiles {
  /** Small ones, which tell what it is. */
  readonly describing: readonly string[];
  /** With tensors; those that an index names are not among them. */
  readonly weights: readonly string[];
  readonly isAdapter: boolean;
}

/**
 * Chooses among the names of a root folder; `where` names it in errors. Throws `checkpoint` where there is nothing that
 * is read, with the reason and the way out.
 */
export function neededFiles(names: readonly string[], where: string): NeededFiles {
  const has = (name: string): boolean => names.includes(name);
  const isAdapter = has(ADAPTER_CONFIG) && !has(SINGLE_FILE) && !has(INDEX_FILE);
  const named = isAdapter ? [ADAPTER_CONFIG, 'config.json'] : ['config.json', 'generation_config.json'];
  const describing = [...named, ...TOKENIZER_FILES].filter(has);
  if (isAdapter) {
    if (!has(ADAPTER_FILE)) throw withoutWeights(names, where, ADAPTER_FILE);
    return { describing, weights: [ADAPTER_FILE], isAdapter };
  }
  if (!has(SINGLE_FILE) && !has(INDEX_FILE)) throw withoutWeights(names, where, SINGLE_FILE);
  if (!has('config.json')) {
    throw new ClozeError('checkpoint', `${where} has no config.json, which says what the model is`, {
      hint: 'name the repository or folder of a model that transformers reads',
      details: { where, names },
    });
  }
  return has(SINGLE_FILE)
    ? { describing, weights: [SINGLE_FILE], isAdapter }
    : { describing: [...describing, INDEX_FILE], weights: [], isAdapter };
}

/** The shards that an index names, all of them there. Throws `checkpoint`. */
export function neededShards(shards: readonly string[], names: readonly string[], where: string): string[] {
  const missing = shards.filter((name) => !names.includes(name));
  if (missing.length === 0) return [...shards];
  const shown = missing.slice(0, 3).join(', ');
  throw new ClozeError(
    'checkpoint',
    `${where} lacks ${missing.length} of ${shards.length} shards that ${INDEX_FILE} names: ${shown}`,
    {
      hint: 'a checkpoint with a part of its weights is none: take another revision, or ask its owner',
      details: { where, missing },
    },
  );
}

const PICKLE = /\.(bin|pt|pth|ckpt|pkl)$/;

function withoutWeights(names: readonly string[], where: string, expected: string): ClozeError {
  const pickle = names.find((name) => PICKLE.test(name) && name !== 'training_args.bin');
  if (pickle !== undefined) {
    return new ClozeError(
      'checkpoint',
      `${where} has its weights as ${pickle} only, a pickle: loading one can run any code, so it is not read`,
      {
        hint: `look for a revision with ${expected} (a pull request of the Hub's converter is named refs/pr/N), or convert it where you trust it: in Python, from_pretrained(...).save_pretrained(FOLDER, safe_serialization=True)`,
        details: { where, file: pickle },
      },
    );
  }
  const other = names.find((name) => /\.(gguf|onnx|h5|msgpack|mlmodel|safetensors)$/.test(name));
  return new ClozeError('checkpoint', `${where}: expected ${expected}, got ${other ?? 'no weights'}`, {
    hint: 'name the repository or folder of a model whose weights are safetensors as transformers writes them',
    details: { where, names },
  });
}
