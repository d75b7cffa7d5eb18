/** Focus where a control goes away: it would fall to the top of the page. */

const CONTROLS = 'vscode-button, vscode-text-field, vscode-dropdown, vscode-checkbox, button, input, summary';

/** Changes the page; where that takes the focused control, the next one has it: the first of the nearest group that has one. */
export function keepFocus(root: HTMLElement, change: () => void): void {
  const focused = document.activeElement;
  const groups = groupsOf(focused, root);
  change();
  const now = document.activeElement;
  const isMoved = now !== focused && now !== null && now !== document.body;
  if (groups.length === 0 || isMoved || (now === focused && canFocus(focused))) return;
  for (const group of groups) {
    const next = [...group.querySelectorAll<HTMLElement>(CONTROLS)].find(canFocus);
    if (next === undefined) continue;
    next.focus({ preventScroll: true });
    return;
  }
}

/** What is around an element within the root, from inside out; nothing around one that is elsewhere. */
function groupsOf(focused: Element | null, root: HTMLElement): Element[] {
  const groups: Element[] = [];
  for (let at = focused; at !== null && at !== root && root.contains(at); at = at.parentElement) {
    if (at.parentElement !== null) groups.push(at.parentElement);
  }
  return groups;
}

function canFocus(target: Element | null): boolean {
  if (target === null || ('disabled' in target && target.disabled === true)) return false;
  return target.checkVisibility({ visibilityProperty: true });
}
