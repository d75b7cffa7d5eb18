/** metrics.jsonl of a run, as far as it can be read. */
import { open, readFile } from 'node:fs/promises';
import { type RunEvent, RunEventSchema } from '../../worker/protocol/events.ts';

/** The events of whole lines; a torn or foreign line is left out, as others may be writing. */
export function parseLog(text: string): RunEvent[] {
  return text.split('\n').flatMap((line) => parseLine(line) ?? []);
}

function parseLine(line: string): RunEvent | undefined {
  try {
    return RunEventSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

/** All events of a run; none if the file is not there. */
export async function readLog(path: string): Promise<RunEvent[]> {
  return parseLog(await readFile(path, 'utf8').catch(() => ''));
}

export interface LogEnd {
  readonly events: readonly RunEvent[];
  /** Whether they are all that there are. */
  readonly isWhole: boolean;
}

/** The events in the last `bytes` of a file that may be long; none if it is not there. */
export async function readLogEnd(path: string, bytes: number): Promise<LogEnd> {
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return { events: [], isWhole: true };
  try {
    const { size } = await file.stat();
    const start = Math.max(0, size - bytes);
    const buffer = Buffer.alloc(size - start);
    const { bytesRead } = await file.read(buffer, 0, buffer.length, start);
    return { events: parseLog(buffer.toString('utf8', 0, bytesRead)), isWhole: start === 0 };
  } finally {
    await file.close();
  }
}
