/** What tests know of VS Code's editor. */

/** The suggestion on the screen: its first line, and all that follow. */
export const GHOST = '.ghost-text-decoration, .ghost-text';

/** Settings without the list of suggestions, which would take Tab, and brackets that close themselves. */
export const PLAIN_EDITOR = {
  'editor.quickSuggestions': { other: 'off', comments: 'off', strings: 'off' },
  'editor.suggestOnTriggerCharacters': false,
  'editor.autoClosingBrackets': 'never',
} as const;
