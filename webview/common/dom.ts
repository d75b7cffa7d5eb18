/** Elements without markup in strings: text stays text, and a policy without inline styles holds. */

type AttributeValue = string | number | boolean | undefined;

/** By name; `true` is an attribute without a value, `false` and undefined are none. Styles belong into classes. */
export type Attributes = Readonly<Record<string, AttributeValue>> & { readonly style?: never };

export type Child = Node | string | undefined;

/** An HTML element with attributes and children. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  setAttributes(made, attributes);
  append(made, children);
  return made;
}

/** An SVG element with attributes and children. */
export function svgElement<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[Tag] {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag);
  setAttributes(made, attributes);
  append(made, children);
  return made;
}

export function setAttributes(target: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) setAttribute(target, name, value);
}

/** Touches the page only where that changes something. */
export function setAttribute(target: Element, name: string, value: AttributeValue): void {
  const text = value === true ? '' : value === false || value === undefined ? null : String(value);
  if (target.getAttribute(name) === text) return;
  if (text === null) target.removeAttribute(name);
  else target.setAttribute(name, text);
}

/** Touches the page only where that changes something. */
export function setText(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}

export function show(target: Element, visible: boolean): void {
  setAttribute(target, 'hidden', !visible);
}

/** Adds a listener; gives the target, for chains. */
export function on<Name extends keyof HTMLElementEventMap, Target extends HTMLElement>(
  target: Target,
  name: Name,
  listener: (event: HTMLElementEventMap[Name]) => void,
): Target {
  target.addEventListener(name, listener);
  return target;
}

let ids = 0;

/** An id that no other element of the page has. */
export function uniqueId(name: string): string {
  return `${name}-${ids++}`;
}

/** An icon of VS Code's own set, for those who see; the text beside it says the same. */
export function icon(name: string): HTMLElement {
  return element('span', { class: `codicon codicon-${name}`, 'aria-hidden': 'true' });
}

function append(target: Element, children: readonly Child[]): void {
  for (const child of children) if (child !== undefined) target.append(child);
}
