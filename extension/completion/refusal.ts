/** The rules by which the model is not asked. */
import type { Reason } from './reasons.ts';

export interface Situation {
  /** Whether nobody asked: the user only typed. */
  readonly automatic: boolean;
  readonly enabled: boolean;
  readonly languageId: string;
  /** The switch of each language; `*` is all others. */
  readonly languages: Readonly<Record<string, boolean>>;
  /** The scheme of the document's address, and whether VS Code can write there, where that is known. */
  readonly scheme: string;
  readonly writable: boolean | undefined;
  /** Whether the editor would not show a suggestion, but accept it unseen. */
  readonly tooLarge: boolean;
  readonly cursors: number;
  /** Whether "Generate at Cursor" is writing. */
  readonly generating: boolean;
  readonly model: string | undefined;
  /** Whether the model came with a workspace that the user does not trust. */
  readonly untrusted: boolean;
  /** The rest of the cursor's line, and how much of it there may be. */
  readonly lineAfter: string;
  readonly maxLineSuffix: number;
}

/** Documents that are in no file system and yet are written in. */
const UNSAVED = new Set(['untitled', 'vscode-notebook-cell']);

/** Closing brackets, quotes and what ends a statement: a text may well come before them. */
const CLOSING = /[\s)\]}>'"`;,:]/g;

/** Why there is to be no completion; undefined: nothing speaks against it. Some rules yield to a user who asks. */
export function refusal(situation: Situation): Reason | undefined {
  const { automatic, languages, languageId, scheme, lineAfter } = situation;
  if (automatic && !situation.enabled) return 'off';
  if (automatic && !(languages[languageId] ?? languages['*'] ?? true)) return 'language';
  if (!UNSAVED.has(scheme) && situation.writable !== true) return 'document';
  if (situation.tooLarge) return 'tooLarge';
  if (situation.cursors > 1) return 'cursors';
  if (situation.generating) return 'generating';
  if (situation.model === undefined) return 'noModel';
  if (situation.untrusted) return 'untrusted';
  if (automatic && /^[\p{L}\p{N}_$]/u.test(lineAfter)) return 'midWord';
  if (automatic && lineAfter.replace(CLOSING, '').length > situation.maxLineSuffix) return 'textAfter';
  return undefined;
}
