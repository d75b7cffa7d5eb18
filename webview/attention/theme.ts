/** What the canvases of the page look like in the user's theme. */
import { isLightTheme } from '../common/chart-theme.ts';
import { colourTable, differenceTable } from '../common/colours.ts';

export interface MapTheme {
  readonly text: string;
  readonly dim: string;
  readonly ground: string;
  readonly focus: string;
  /** Family and size. */
  readonly font: string;
  readonly table: Uint8ClampedArray;
  /** Of differences. */
  readonly differences: Uint8ClampedArray;
}

/** Reads what the theme says at an element of the page. */
export function mapTheme(at: Element): MapTheme {
  const style = getComputedStyle(at);
  const read = (name: string, fallback: string): string => style.getPropertyValue(name).trim() || fallback;
  const isLight = isLightTheme();
  return {
    text: style.color,
    dim: read('--vscode-descriptionForeground', style.color),
    ground: read('--vscode-editor-background', isLight ? '#ffffff' : '#000000'),
    focus: read('--vscode-focusBorder', style.color),
    font: `11px ${style.fontFamily}`,
    table: colourTable(isLight ? 'light' : 'dark'),
    differences: differenceTable(isLight ? 'light' : 'dark'),
  };
}
