import type { WriteStream } from 'node:tty';
import { styleText } from 'node:util';

/**
 * Where a command's words go: results to stdout, everything else (messages, bars) to stderr, so that stdout can be
 * piped. With --json stdout carries JSON only, one value a line.
 */
export class Output {
  readonly #isJson: () => boolean;

  constructor(isJson: () => boolean) {
    this.#isJson = isJson;
  }

  /** Whether --json was given. */
  get json(): boolean {
    return this.#isJson();
  }

  /** A result: the value with --json, else the text that `render` makes of it. */
  result(value: unknown, render: () => string): void {
    if (this.json) this.value(value);
    else this.text(`${render()}\n`);
  }

  /** Text on stdout as it is, for results that come bit by bit. */
  text(text: string): void {
    process.stdout.write(text);
  }

  /** One JSON value on a line of stdout. */
  value(value: unknown): void {
    process.stdout.write(`${JSON.stringify(value)}\n`);
  }

  /** A message to the person at the terminal. */
  note(text: string): void {
    process.stderr.write(`${text}\n`);
  }
}

type Style = Parameters<typeof styleText>[0];

/** Text in a style, where the stream is a terminal that shows colours (https://no-color.org). */
export function styled(style: Style, text: string, stream: WriteStream = process.stdout): string {
  const { NO_COLOR: noColor = '', TERM: terminal } = process.env;
  return stream.isTTY && noColor === '' && terminal !== 'dumb' ? styleText(style, text) : text;
}
