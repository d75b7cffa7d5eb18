/** Colours for canvases, which know no CSS variables. */

export interface ChartTheme {
  readonly text: string;
  readonly grid: string;
  readonly font: string;
  /** Of the lines, in their order. */
  readonly lines: readonly string[];
}

/** Those that every theme has; orange is hardly there in some. In the order of the classes line-0, line-1, ... of chart.css. */
export const LINE_COLOURS = ['blue', 'red', 'green', 'purple', 'yellow', 'foreground'] as const;

/** Reads what the theme says at an element of the page. */
export function chartTheme(at: Element): ChartTheme {
  const style = getComputedStyle(at);
  const read = (name: string, fallback: string): string => style.getPropertyValue(name).trim() || fallback;
  const inHighContrast = read('--vscode-contrastBorder', '') !== '';
  const text = read('--text-dim', style.color);
  return {
    text,
    grid: inHighContrast
      ? read('--vscode-charts-lines', text)
      : read('--vscode-editorWidget-border', '#80808040'),
    font: `11px ${style.fontFamily}`,
    lines: LINE_COLOURS.map((name) => read(`--vscode-charts-${name}`, text)),
  };
}

/** Whether the user's theme is dark text on a light ground. */
export function isLightTheme(): boolean {
  const { classList } = document.body;
  return classList.contains('vscode-light') || classList.contains('vscode-high-contrast-light');
}

/** Calls back when the user has changed the theme: VS Code marks the body, and sets variables at the root. */
export function onThemeChange(changed: () => void): void {
  const observer = new MutationObserver(changed);
  observer.observe(document.body, { attributeFilter: ['class', 'data-vscode-theme-id'] });
  observer.observe(document.documentElement, { attributeFilter: ['style'] });
}
