import { element } from './dom.ts';

const INTERVAL_MS = 2000;

/** Says things to screen readers, when they are done with what they read, as {@link paced} has it. */
export class LiveRegion {
  readonly element = element('div', { class: 'visually-hidden', role: 'status', 'aria-live': 'polite' });
  readonly say = paced((text) => (this.element.textContent = text));
}

/**
 * Writes at most one text in two seconds: of what comes faster, the last. What was there goes a task before, since only
 * a change is heard: a text that is said again too.
 */
export function paced(write: (text: string) => void): (text: string) => void {
  let waiting: string | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const speak = (): void => {
    const text = waiting;
    waiting = undefined;
    timer = undefined;
    if (text === undefined) return;
    write('');
    setTimeout(() => write(text));
    timer = setTimeout(speak, INTERVAL_MS);
  };
  return (text) => {
    waiting = text;
    if (timer === undefined) speak();
  };
}
