/** Elements of VS Code's workbench. */

/** The suggestion in the editor: its first line, and all that follow. */
export const GHOST = '.ghost-text-decoration, .ghost-text';
