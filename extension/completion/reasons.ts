/** Why nothing was suggested, in words for the user. */

export const REASONS = {
  off: 'Completion is switched off (cloze.completion.enabled).',
  language: 'Completion is switched off for this language (cloze.completion.languages).',
  document: 'This kind of document can not be edited, or lies nowhere that Cloze knows.',
  tooLarge: 'VS Code shows no suggestions in a document this large (editor.largeFileOptimizations).',
  cursors: 'There are several cursors.',
  noModel: 'No model is chosen. Run "Cloze: Select Completion Model", or train one.',
  untrusted: 'The model lies in this workspace, which is not trusted.',
  textAfter: 'Too much text stands after the cursor on its line (cloze.completion.maxLineSuffix).',
  midWord: 'The cursor stands inside a word.',
  generating: 'Text is being generated at the cursor.',
  typedOn: 'A key came before the answer.',
  replaced: 'A newer request took its place.',
  time: 'The time was over before there was a whole word (cloze.completion.timeBudget).',
} as const;

export type Reason = keyof typeof REASONS;
