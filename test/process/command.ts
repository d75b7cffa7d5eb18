import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

export interface CommandResult {
  /** Exit code; null if a signal ended the process. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly cwd?: string;
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Called with each piece of stdout as it comes, and the process. */
  readonly onStdout?: (text: string, child: ChildProcess) => void;
}

/** A process of the built `cloze`, and how it ends. */
export interface StartedCommand {
  readonly child: ChildProcess;
  readonly ended: Promise<CommandResult>;
}

/** Starts the built `cloze` in a process of its own. */
export function startCloze(args: readonly string[], options: CommandOptions = {}): StartedCommand {
  const { cwd, stdin = '', env = {}, onStdout } = options;
  const child = spawn(process.execPath, [CLI, ...args], { cwd, env: { ...process.env, ...env } });
  const ended = new Promise<CommandResult>((resolve, reject) => {
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      onStdout?.(text, child);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  child.stdin.on('error', () => undefined); // a command that reads nothing may close it first
  child.stdin.end(stdin);
  return { child, ended };
}

/** Runs the built `cloze` in a process of its own. */
export function cloze(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  return startCloze(args, options).ended;
}

/** The one JSON value that a command with --json printed. */
export function jsonOf({ stdout }: CommandResult): Record<string, unknown> {
  const lines = jsonLines(stdout);
  if (lines.length !== 1) throw new Error(`expected one line of JSON on stdout, got:\n${stdout}`);
  return lines[0]!;
}

/** The JSON values on the lines of a text. */
export function jsonLines(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
