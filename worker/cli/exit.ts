/** Exit codes of the command; `cloze --help` lists them. */
export const EXIT = { success: 0, failure: 1, usage: 2, interrupted: 130 } as const;
