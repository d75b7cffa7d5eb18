/** llama.cpp, as node-llama-cpp has it built for the CPU: a reader of GGUF files that is not ours. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as z from 'zod';
import { cachedFolder, npmInstall } from './npm-cache.ts';

const VERSION = '3.22.1';
/** Hashes of the packages that hold code of llama.cpp, as the registry has them. */
const INTEGRITY: Readonly<Record<string, string>> = {
  'node-llama-cpp':
    'sha512-bltIipuWmc123H7tMIgDGKSsSrhmhlQYeVUC48XTjVW7XGJJiJJyCdlTMzQ/LiWoPkGDpcL4FviDpgw7qfTiDw==',
  '@node-llama-cpp/linux-x64':
    'sha512-5uCCDNqWCNfaAm8aR/Uzxbo4HBpKgNF91kCHPepKhgMgV2OAmatoefbOlMihsqCiH2Od35E/eUHQCFbfRBJuOg==',
  '@node-llama-cpp/linux-arm64':
    'sha512-W+7naKCXX9/eEjjFmRS8vvx91QyLXDbeFxexZc3bh/PtQABZgmRL3C0AtYYXn4YGTj/3Qor4lWZn2tpjZFPLdQ==',
};

const LockSchema = z.object({
  packages: z.record(z.string(), z.object({ integrity: z.string().optional() })),
});

/** The entry script of node-llama-cpp; installs it from the npm registry when it is not in the cache (a quarter of a minute, 85 MB). */
export async function nodeLlamaCpp(): Promise<string> {
  const binary = `@node-llama-cpp/${process.platform}-${process.arch}`;
  if (!Object.hasOwn(INTEGRITY, binary))
    throw new Error(`node-llama-cpp is pinned for Linux only, not ${binary}`);
  const folder = await cachedFolder(`llama-cpp-${VERSION}`, `node-llama-cpp ${VERSION}`, async (partial) => {
    // its optional packages hold builds for every GPU, hundreds of MB; only the one for the CPU is wanted
    await npmInstall(partial, '--omit=optional', `node-llama-cpp@${VERSION}`, `${binary}@${VERSION}`);
    const lock = await readFile(join(partial, 'package-lock.json'), 'utf8');
    const { packages } = LockSchema.parse(JSON.parse(lock));
    for (const name of ['node-llama-cpp', binary]) {
      const got = packages[`node_modules/${name}`]?.integrity;
      if (got !== INTEGRITY[name]) {
        throw new Error(`${name} ${VERSION}: expected ${INTEGRITY[name]!}, got ${got ?? 'nothing'}`);
      }
    }
  });
  return join(folder, 'node_modules', 'node-llama-cpp', 'dist', 'index.js');
}

export interface GgufQuestion {
  readonly model: string;
  readonly texts?: readonly string[];
  readonly prompts?: readonly (readonly number[])[];
  /** Of each prompt. */
  readonly newTokens?: number;
}

const GgufAnswer = z.object({
  /** Of each text; special tokens in it are plain text. */
  tokens: z.array(z.array(z.int())),
  /** What the tokens are as text again. */
  texts: z.array(z.string()),
  /** The greedy tokens, and the probability of every token before each of them. */
  continuations: z.array(z.object({ ids: z.array(z.int()), probabilities: z.array(z.array(z.number())) })),
  special: z.record(z.string(), z.union([z.int(), z.boolean()]).nullish()),
});
export type GgufAnswer = z.infer<typeof GgufAnswer>;

/** Asks llama.cpp about GGUF files, all in one process of its own. */
export async function askLlamaCpp(questions: readonly GgufQuestion[]): Promise<GgufAnswer[]> {
  const library = await nodeLlamaCpp();
  const script = fileURLToPath(new URL('llama-cpp-reader.js', import.meta.url));
  const asked = promisify(execFile)(process.execPath, [script, library], { maxBuffer: 2 ** 28 });
  asked.child.stdin?.end(JSON.stringify(questions));
  const { stdout } = await asked;
  return z.array(GgufAnswer).parse(JSON.parse(stdout));
}
