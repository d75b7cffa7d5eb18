/** Processes that belong to one test host, found by a variable that they all inherit. Linux shows it in /proc. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';

const VARIABLE = 'CLOZE_TEST_HOST';

export interface Process {
  readonly pid: number;
  /** The command line, its arguments joined by blanks. */
  readonly command: string;
}

/** The variable that marks a process and all that it starts. An orphan keeps it, unlike its place in the tree. */
export function mark(id: string): Readonly<Record<string, string>> {
  return { [VARIABLE]: id };
}

/** The living processes with this mark; none that can be told where there is no /proc. */
export function marked(id: string): Process[] {
  if (!existsSync('/proc')) return [];
  const wanted = `${VARIABLE}=${id}`;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => procFile(name, 'environ').includes(wanted))
    .map((name) => ({ pid: Number(name), command: procFile(name, 'cmdline').join(' ').trim() }))
    .filter(({ command }) => command !== ''); // a zombie has none
}

/** Kills every process with this mark, those included that they start meanwhile. */
export function killMarked(id: string): void {
  for (let left = marked(id); left.length > 0; left = marked(id)) {
    for (const { pid } of left) kill(pid);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it has ended by itself
  }
}

/** The parts between NUL bytes; none if the process has ended or belongs to someone else. */
function procFile(pid: string, file: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8').split('\0');
  } catch {
    return [];
  }
}
