import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { pathToFileURL } from 'node:url';
import { globby } from 'globby';
import type { Lane } from './lanes.ts';
import { count, emptyTally, type Tally } from './tally.ts';

export interface LaneResult extends Tally {
  readonly lane: string;
  readonly files: number;
  readonly seconds: number;
}

/** Runs a lane's files, so many in a process as it says, and prints node:test's spec report. */
export async function runLane(name: string, lane: Lane, grep: string | undefined): Promise<LaneResult> {
  const files = await filesInOrder(lane);
  const tally = emptyTally();
  const start = performance.now();
  if (files.length > 0) {
    await together(files, lane.together ?? 1, (entries) =>
      withEnv(lane.env ?? {}, () => runFiles(entries, lane, grep, tally)),
    );
  }
  return { lane: name, files: files.length, ...tally, seconds: (performance.now() - start) / 1000 };
}

/** Those of the first pattern, by name, then what the next one adds. */
async function filesInOrder({ files }: Lane): Promise<string[]> {
  const found = await Promise.all(files.map((pattern) => globby(pattern, { absolute: true })));
  return [...new Set(found.flatMap((paths) => paths.sort()))];
}

async function runFiles(files: string[], lane: Lane, grep: string | undefined, tally: Tally): Promise<void> {
  const stream = run({
    files,
    concurrency: lane.concurrency,
    timeout: lane.timeout,
    ...(grep === undefined ? {} : { testNamePatterns: [grep] }),
  });
  stream.on('test:pass', (result) => count(tally, 'pass', result, grep !== undefined));
  stream.on('test:fail', (result) => count(tally, 'fail', result, grep !== undefined));
  for await (const text of stream.compose(new spec())) process.stdout.write(String(text));
}

/** Gives `body` files that each load `count` of the files, which node:test would run in a process each. */
async function together(
  files: string[],
  count: number,
  body: (entries: string[]) => Promise<void>,
): Promise<void> {
  if (count === 1) return body(files);
  const folder = await mkdtemp(join(tmpdir(), 'cloze-lane-'));
  try {
    const entries: string[] = [];
    for (let at = 0; at < files.length; at += count) {
      const loads = files
        .slice(at, at + count)
        .map((file) => `import ${JSON.stringify(pathToFileURL(file))};`);
      const entry = join(folder, `${String(at).padStart(4, '0')}.mjs`);
      await writeFile(entry, `${loads.join('\n')}\n`);
      entries.push(entry);
    }
    await body(entries);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** node:test hands this process's environment to the files' processes, so it is set here for the time of the run. */
async function withEnv(env: Readonly<Record<string, string>>, body: () => Promise<void>): Promise<void> {
  const before = { ...process.env };
  Object.assign(process.env, env);
  try {
    await body();
  } finally {
    for (const name of Object.keys(env)) {
      if (before[name] === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = before[name];
    }
  }
}
