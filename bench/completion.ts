/**
 * Completion in a real VS Code with the demo's model, which is trained first if it is not there (three minutes):
 * `node --import tsx bench/completion.ts`. Somebody types in files that the model has not seen, while nothing trains and
 * while a run trains in the same window.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { closeBrowser } from '../test/vscode/host/browser.ts';
import { Server } from '../test/vscode/host/server.ts';
import { Window } from '../test/vscode/host/window.ts';
import { RunOnDisk } from '../test/vscode/run-on-disk.ts';
import { machine, megabytes, ms, printTable } from './support.ts';
import { GhostWatch, type Latencies, latencies } from './vscode/ghost-watch.ts';
import { heapGrowth } from './vscode/heap.ts';
import { type Asked, lastAsked } from './vscode/report.ts';
import { LITERAL_EDITOR, Typist } from './vscode/typist.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const MODEL = here('../runs/demo/run');
const SOURCES = here('../node_modules/eslint/lib');
/** What the demo keeps away from training. */
const HELD_OUT = readdirSync(join(SOURCES, 'rules')).filter((name) => /^no-un.*\.js$/.test(name));

/** Characters that are written in each file. */
const WRITTEN = 60;
const FILES = 4;
const COMPLETIONS = 1000;
const STARTS = 7;
/** How long the speed of training is watched, in seconds. */
const WATCHED = 12;

/** As the demo trains, without an end. */
const ENDLESS = {
  model: 'gpt-micro',
  provider: 'cpu',
  training: {
    ...{ steps: 1_000_000, batch: 8, context: 128, lr: 3e-3, fimRate: 0 },
    ...{ evalEvery: 1_000_000, checkpointEvery: 1_000_000, sampleEvery: 0, patience: 0 },
  },
} as const;
const TOKENS_PER_STEP = ENDLESS.training.batch * ENDLESS.training.context;

interface Typing extends Latencies {
  readonly taken: number;
  /** Requests that reached the provider. */
  readonly asked: readonly Asked[];
}

class Bench {
  readonly #server: Server;
  readonly #window: Window;
  readonly #runs: string;
  readonly #typist: Typist;
  readonly #watch: GhostWatch;

  private constructor(server: Server, window: Window, runs: string, typist: Typist, watch: GhostWatch) {
    this.#server = server;
    this.#window = window;
    this.#runs = runs;
    this.#typist = typist;
    this.#watch = watch;
  }

  static async start(server: Server, window: Window, folder: string, runs: string): Promise<Bench> {
    await window.command('cloze.useForCompletion', { path: MODEL });
    const watch = await GhostWatch.start(window.page);
    const typist = new Typist(window, folder, watch);
    await typist.wake();
    return new Bench(server, window, runs, typist, watch);
  }

  /** Types on in held-out files, from this share of each. */
  async type(name: string, from: number): Promise<Typing> {
    const asked: Asked[] = [];
    let taken = 0;
    await this.#watch.take();
    for (const file of HELD_OUT.slice(0, FILES)) {
      const { before, after } = cutAt(file, from);
      await this.#typist.open(`${name}-${file}`, before);
      taken += await this.#typist.write(after.slice(0, WRITTEN));
      asked.push(
        ...(await lastAsked(this.#window)).filter(({ place }) => place.startsWith(`${name}-${file}`)),
      );
    }
    return { ...latencies(await this.#watch.take()), taken, asked };
  }

  heapGrowth(): Promise<number> {
    return heapGrowth(this.#window, COMPLETIONS);
  }

  /** Starts a run and waits until it is in its stride. */
  async train(): Promise<RunOnDisk> {
    const form = { ...ENDLESS, data: [SOURCES], tokenizer: join(MODEL, 'tokenizer') };
    const run = await RunOnDisk.started(this.#runs, () => this.#window.command('cloze.trainFolder', form));
    await run.reach(20);
    return run;
  }

  /** Has the completer open its model. */
  async openCompleter(): Promise<void> {
    await this.#typist.wake();
    while (this.#completer === undefined) await sleep(100);
    await sleep(2000);
  }

  endCompleter(): void {
    if (this.#completer !== undefined) process.kill(this.#completer, 'SIGKILL');
  }

  get #completer(): number | undefined {
    return this.#server.processes().find(({ command }) => command.includes('worker.js completer'))?.pid;
  }
}

/** A held-out file from a line on. */
function cutAt(file: string, share: number): { before: string; after: string } {
  const text = readFileSync(join(SOURCES, 'rules', file), 'utf8');
  const at = text.indexOf('\n', Math.floor(text.length * share)) + 1;
  return { before: text.slice(0, at), after: text.slice(at) };
}

/** Tokens that a run learns from in a second, or in all the time that something takes. */
async function tokensPerSecond(run: RunOnDisk, during: () => Promise<unknown>): Promise<number> {
  const [began, step] = [performance.now(), run.step];
  await during();
  return ((run.step - step) * TOKENS_PER_STEP * 1000) / (performance.now() - began);
}

const watched = (run: RunOnDisk): Promise<number> => tokensPerSecond(run, () => sleep(WATCHED * 1000));

/** Milliseconds to load an extension's code and to run its `activate`. */
type Activation = readonly [load: number, call: number];

/** What VS Code says that activation took, in each of a few windows. */
async function activations(window: Window): Promise<Activation[]> {
  const times: Activation[] = [];
  const size = window.page.viewportSize()!;
  await window.page.setViewportSize({ ...size, height: 3400 }); // an editor of VS Code holds only the lines that can be seen
  for (let i = 0; i < STARTS; i++) {
    if (i > 0) await window.reload();
    await window.command('perfview.show');
    const line = window.page.locator('.view-line', { hasText: /^\|\scloze\.cloze/ });
    const [, , , load, call] = (await line.innerText()).split('|');
    times.push([Number(load), Number(call)]);
    await window.command('workbench.action.closeAllEditors');
  }
  await window.page.setViewportSize(size);
  return times;
}

function percentile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(share * values.length) - 1] ?? NaN;
}

function spread(values: readonly number[]): string {
  if (values.length === 0) return 'none';
  return `p50 ${ms(percentile(values, 0.5))}, p95 ${ms(percentile(values, 0.95))} ms (${values.length})`;
}

function typingRows(when: string, { fresh, keys, along, taken, asked }: Typing, goal: string): string[][] {
  const shown = asked.filter((each) => each.shown);
  const runsAlong = shown.filter((each) => each.along && each.computed).length;
  const times = (computed: boolean): number[] =>
    shown.filter((each) => each.computed === computed).map((each) => each.ms);
  return [
    [`key to grey text, ${when}`, spread(fresh), goal],
    ['  in the provider, from the model', spread(times(true)), ''],
    ['  in the provider, remembered', spread(times(false)), 'p95 5 ms'],
    ['  keys, of them along a suggestion', `${keys}, ${along}; ${taken} suggestions taken`, ''],
    ['  runs of the model along a suggestion', runsAlong.toFixed(0), '0'],
  ];
}

async function measure(server: Server, folder: string): Promise<string[][]> {
  const [workspace, runs] = [join(folder, 'workspace'), join(folder, 'runs')];
  mkdirSync(workspace);
  const window = await Window.open(server, { folder: workspace, extension: here('..') });
  try {
    const activation = await activations(window);
    const bench = await Bench.start(server, window, workspace, runs);
    const alone = await bench.type('alone', 0.4);
    const heap = await bench.heapGrowth();
    bench.endCompleter();
    const run = await bench.train();
    const without = [await watched(run)];
    await bench.openCompleter();
    const idle = await watched(run);
    let typing: Typing | undefined;
    const typed = await tokensPerSecond(run, async () => (typing = await bench.type('training', 0.7)));
    bench.endCompleter();
    without.push(await watched(run));
    await window.command('cloze.stopTraining');
    const reference = without.reduce((sum, each) => sum + each, 0) / without.length;
    const rate = (value: number): string =>
      `${value.toFixed(0)} tokens/s (${((value / reference) * 100).toFixed(0)} %)`;
    return [
      ['', 'measured', 'goal, at most'],
      ...typingRows('nothing trains', alone, 'p50 150, p95 400 ms'),
      ...typingRows('a run trains', typing!, 'p50 500 ms'),
      [`heap of the extension host, ${COMPLETIONS} completions`, megabytes(heap), '10 MB'],
      ['activation', spread(activation.map(([load, call]) => load + call)), '50 ms'],
      ['  of it in `activate`', spread(activation.map(([, call]) => call)), ''],
      ['training without a completer, before and after', without.map(rate).join(', '), ''],
      ['training while the completer waits', rate(idle), '20 % less'],
      ['training while somebody types', rate(typed), ''],
    ];
  } finally {
    await window.close();
  }
}

export default async function bench(): Promise<void> {
  if (!existsSync(MODEL)) spawnSync(process.execPath, [here('../scripts/demo.js')], { stdio: 'inherit' });
  const folder = mkdtempSync(join(tmpdir(), 'cloze-bench-'));
  const server = await Server.start({
    settings: LITERAL_EDITOR,
    machineSettings: { 'cloze.training.runsFolder': join(folder, 'runs') },
  });
  try {
    printTable(`completion in VS Code, the demo's model (${machine()})`, await measure(server, folder));
  } finally {
    server.stop();
    await closeBrowser();
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bench();
