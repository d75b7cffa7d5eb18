/** What a run can learn: next tokens (decoders); masked tokens, with next sentences, or a labelled task (encoders). */
export const OBJECTIVES = ['clm', 'mlm', 'mlm+nsp', 'classify', 'tag', 'qa'] as const;

export type ObjectiveName = (typeof OBJECTIVES)[number];
