import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import * as z from 'zod';
import { diskError, writeFileAtomic } from '../base/files.ts';
import type { RunEvent } from './events.ts';

const LineSchema = z.looseObject({ event: z.string(), step: z.int() });

/** metrics.jsonl of a run: one event a line, only ever added to. */
export class Metrics {
  readonly #path: string;
  readonly #fd: number;

  private constructor(path: string, fd: number) {
    this.#path = path;
    this.#fd = fd;
  }

  /** Opens the file to go on after `step`: what lies beyond it, and a line that a kill has torn, goes. Throws `disk`. */
  static async open(path: string, step: number): Promise<Metrics> {
    await writeFileAtomic(path, existsSync(path) ? through(readFileSync(path, 'utf8'), step) : '');
    return new Metrics(path, openSync(path, 'a'));
  }

  /** Throws `disk`. */
  append(event: RunEvent): void {
    try {
      const line = Buffer.from(`${JSON.stringify(event)}\n`);
      for (let done = 0; done < line.byteLength;) done += writeSync(this.#fd, line, done);
    } catch (error) {
      throw diskError(this.#path, error);
    }
  }

  /** Makes what was added durable. Throws `disk`. */
  sync(): void {
    try {
      fsyncSync(this.#fd);
    } catch (error) {
      throw diskError(this.#path, error);
    }
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/** What is written once a run has come to its end. */
const ENDS: ReadonlySet<string> = new Set(['report', 'done'] satisfies RunEvent['event'][]);

/** The lines up to and with a step, without the end of a run that is now going on. */
function through(text: string, step: number): string {
  return text
    .split(/(?<=\n)/)
    .filter((line) => {
      const entry = line.endsWith('\n') ? parseLine(line) : undefined;
      return entry !== undefined && entry.step <= step && !ENDS.has(entry.event);
    })
    .join('');
}

function parseLine(line: string): z.infer<typeof LineSchema> | undefined {
  try {
    return LineSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
