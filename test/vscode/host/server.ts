/** A code-server on loopback with everything of its own: settings, extensions, home and processes. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { vsCode } from './cache.ts';
import { type Process, killMarked, mark, marked } from './processes.ts';

const START_TIMEOUT = 60_000;

export interface ServerOptions {
  /** User settings on top of those that keep the workbench quiet. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Settings of the scope "machine": VS Code takes them from the side that extensions run on, here the server. */
  readonly machineSettings?: Readonly<Record<string, unknown>>;
  /** Paths of .vsix files to install. */
  readonly vsix?: readonly string[];
  /** Whether folders are not trusted: VS Code then is in its restricted mode, and does not ask. */
  readonly untrusted?: boolean;
  /** The port to listen on; 0, the default, takes a free one. */
  readonly port?: number;
}

/** What a person would click away before working, and what calls home. */
const QUIET = {
  'chat.disableAIFeatures': true,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'security.workspace.trust.startupPrompt': 'never',
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'window.commandCenter': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
};

// a test runner that gives up on a file sends SIGTERM, which by itself would skip what is done on exit
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));

export class Server {
  /** A folder for this server alone; it goes with it. */
  readonly folder = mkdtempSync(join(tmpdir(), 'cloze-vscode-'));
  readonly #id = randomUUID();
  readonly #log: string[] = [];
  readonly #stopOnExit = (): void => this.stop();
  #child: ChildProcess | undefined;
  #port = 0;

  private constructor() {
    process.once('exit', this.#stopOnExit);
  }

  static async start(options: ServerOptions = {}): Promise<Server> {
    const server = new Server();
    try {
      await server.#start(options);
      return server;
    } catch (error) {
      server.stop();
      throw error;
    }
  }

  /** `127.0.0.1:PORT` */
  get authority(): string {
    return `127.0.0.1:${this.#port}`;
  }

  /** The last lines that the server has written. */
  get log(): string {
    return this.#log.join('').split('\n').slice(-40).join('\n');
  }

  /** The living processes of this server: its own, extension hosts, workers and what they have left behind. */
  processes(): Process[] {
    return marked(this.#id);
  }

  /** Kills all processes and removes the server's folder. */
  stop(): void {
    process.off('exit', this.#stopOnExit);
    this.#child?.kill();
    killMarked(this.#id);
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }

  #configure(whose: 'User' | 'Machine', settings: object): void {
    writeFileSync(join(this.folder, 'data', whose, 'settings.json'), JSON.stringify(settings, null, 2));
  }

  async #start({ vsix = [], untrusted = false, port, ...options }: ServerOptions): Promise<void> {
    for (const name of ['home', 'tmp', 'extensions', 'data/User', 'data/Machine']) {
      mkdirSync(join(this.folder, name), { recursive: true });
    }
    this.#configure('User', { ...QUIET, ...options.settings });
    this.#configure('Machine', { ...options.machineSettings });
    for (const path of vsix) await this.#run('--install-extension', path);
    this.#port = port === undefined || port === 0 ? await freePort() : port;
    this.#child = await this.#spawn(
      ...['--auth', 'none', '--bind-addr', this.authority],
      ...['--disable-telemetry', '--disable-update-check', '--disable-getting-started-override'],
      ...(untrusted ? [] : ['--disable-workspace-trust']),
      // without this VS Code silently ignores the test entry that a window is opened with
      ...['--vscode-option', 'enable-smoke-test-driver'],
    );
    await this.#listening(this.#child);
  }

  /** Runs a command of code-server to its end. */
  async #run(...args: string[]): Promise<void> {
    const { node, entry } = await vsCode();
    await promisify(execFile)(node, [entry, ...this.#folders(), ...args], { env: this.#env() });
  }

  async #spawn(...args: string[]): Promise<ChildProcess> {
    const { node, entry } = await vsCode();
    const child = spawn(node, [entry, ...this.#folders(), ...args], {
      env: this.#env(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => this.#log.push(text));
    }
    return child;
  }

  #folders(): string[] {
    return [
      '--user-data-dir',
      join(this.folder, 'data'),
      '--extensions-dir',
      join(this.folder, 'extensions'),
    ];
  }

  #env(): NodeJS.ProcessEnv {
    const own = { HOME: join(this.folder, 'home'), TMPDIR: join(this.folder, 'tmp') };
    return { ...process.env, ...mark(this.#id), ...own, XDG_CACHE_HOME: undefined, NODE_OPTIONS: undefined };
  }

  async #listening(child: ChildProcess): Promise<void> {
    let ended: string | undefined;
    child.once('error', ({ message }) => (ended = message));
    child.once('exit', (code, signal) => (ended = `it ended with ${String(code ?? signal)}`));
    const deadline = Date.now() + START_TIMEOUT;
    while (!this.#log.join('').includes('HTTP server listening')) {
      if (ended !== undefined || Date.now() > deadline) {
        throw new Error(`code-server does not listen: ${ended ?? 'time is up'}\n${this.log}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port for code-server');
  return address.port;
}
