/** What an encoder is needed for, and which of the known ones serves. */
import { RemoteError } from '../../worker/protocol/rpc.ts';
import type { EncoderHead } from '../../worker/protocol/objectives.ts';

export interface Purpose {
  /** Heads that serve it. */
  readonly heads: readonly EncoderHead[];
  /** Heads that are taken before the others. */
  readonly preferred?: readonly EncoderHead[];
  /** What such a model does, after "a model that". */
  readonly does: string;
  /** The objective that teaches it, as the training view calls it. */
  readonly objective: string;
}

const masks: Purpose = {
  heads: ['mlm', 'mlm+nsp'],
  does: 'fills masks',
  objective: 'Masked tokens',
};

export const PURPOSES = {
  masks,
  classify: { heads: ['classify'], does: 'classifies texts', objective: 'Classify texts' },
  tag: { heads: ['tag'], does: 'tags words', objective: 'Tag words' },
  answer: { heads: ['answer'], does: 'answers questions', objective: 'Answer questions' },
  /** Its hidden states are enough; the page that shows them has masks beside them. */
  read: {
    heads: ['mlm', 'mlm+nsp', 'none', 'classify', 'tag', 'answer'],
    preferred: masks.heads,
    does: 'reads both ways, as a BERT',
    objective: 'Masked tokens',
  },
} as const satisfies Record<string, Purpose>;

export interface KnownModel {
  /** A run or model folder. */
  readonly path: string;
  readonly name: string;
  readonly kind: 'run' | 'folder';
  /** None of a model that writes. */
  readonly head: EncoderHead | undefined;
  /** Why it can not be used. */
  readonly problem: string | undefined;
}

/** One that serves, or several from which the user may choose. */
export type Found = { readonly path: string } | { readonly choices: readonly KnownModel[] };

/** Those that serve a purpose, in their order, but for those preferred, which come first. */
export function fitting(known: readonly KnownModel[], { heads, preferred = heads }: Purpose): KnownModel[] {
  const all = known.filter((model) => model.problem === undefined && hasOneOf(heads, model));
  return [
    ...all.filter((model) => hasOneOf(preferred, model)),
    ...all.filter((model) => !hasOneOf(preferred, model)),
  ];
}

/**
 * The model that the setting names if it serves, else the first run that does, else the folders that do; those preferred,
 * where there are any, before all others. `known` has the newest run first. Throws `usage` where none does.
 */
export function findEncoder(
  purpose: Purpose,
  set: Pick<KnownModel, 'path' | 'head'> | undefined,
  known: readonly KnownModel[],
): Found {
  const { heads, preferred = heads } = purpose;
  if (set !== undefined && hasOneOf(heads, set)) return { path: set.path };
  const all = fitting(known, purpose);
  const best = all.filter((model) => hasOneOf(preferred, model));
  const choices = best.length > 0 ? best : all;
  const found = choices.find(({ kind }) => kind === 'run') ?? (choices.length === 1 ? choices[0] : undefined);
  if (found !== undefined) return { path: found.path };
  if (choices.length > 0) return { choices };
  throw new RemoteError(`there is no model yet that ${purpose.does}`, {
    code: 'usage',
    hint: `train one: the training view has the objective "${purpose.objective}"; or add a model folder`,
  });
}

function hasOneOf(heads: readonly EncoderHead[], { head }: Pick<KnownModel, 'head'>): boolean {
  return head !== undefined && heads.includes(head);
}
