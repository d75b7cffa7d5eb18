/** Tokenizers against their peers, on 10 MB of source code from node_modules: `node --import tsx bench/tokenizers.ts`. */
import { encode as encodeGptTokenizer } from 'gpt-tokenizer/encoding/gpt2';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { machine, printTable } from './support.ts';
import { bertTokenizer } from '../test/support/bert.ts';
import { gpt2Tokenizer } from '../test/support/gpt2.ts';
import { huggingFaceTokenizer } from '../test/support/hugging-face.ts';
import { trainBpe } from '../worker/tokenizers/bpe-trainer.ts';
import { toTokenizerJson } from '../worker/tokenizers/tokenizer-json.ts';
import { ROUNDS_FROM, trainWordPiece } from '../worker/tokenizers/wordpiece-trainer.ts';

const MEGABYTE = 1e6;
const packages = [
  'typescript',
  'zod',
  'eslint',
  '@typescript-eslint',
  'prettier',
  '@types',
  'esbuild',
  'commander',
];

/** Source files of development dependencies, up to `bytes` of UTF-8. */
function sourceCode(bytes: number): { texts: string[]; bytes: number } {
  const root = fileURLToPath(new URL('../node_modules/', import.meta.url));
  const texts: string[] = [];
  let total = 0;
  for (const name of packages) {
    const files = readdirSync(join(root, name), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.([cm]?[jt]s|md)$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
    for (const file of files) {
      const buffer = readFileSync(file);
      if (total >= bytes || buffer.length > MEGABYTE / 2) continue;
      texts.push(buffer.toString());
      total += buffer.length;
    }
  }
  return { texts, bytes: total };
}

function seconds(run: () => void): number {
  const start = performance.now();
  run();
  return (performance.now() - start) / 1000;
}

type Peer = readonly [name: string, encode: (text: string) => ArrayLike<number>];

interface Code {
  readonly texts: readonly string[];
  readonly bytes: number;
}

/** Each peer twice over the same files; the first of them is what the others are held against. */
function compare(title: string, code: Code, peers: readonly Peer[]): void {
  const size = code.bytes / MEGABYTE;
  const rows = peers.map(([name, encode]) => {
    const encodeAll = (): void => code.texts.forEach((text) => encode(text));
    return { name, cold: size / seconds(encodeAll), warm: size / seconds(encodeAll) };
  });
  printTable(`${title}, one core: ${code.texts.length} files, ${size.toFixed(1)} MB (${machine()})`, [
    ['', 'first pass MB/s', 'second pass MB/s', 'cloze / peer'],
    ...rows.map(({ name, cold, warm }) => [
      name,
      cold.toFixed(1),
      warm.toFixed(1),
      `${(rows[0]!.cold / cold).toFixed(1)} (${(rows[0]!.warm / warm).toFixed(1)})`,
    ]),
  ]);
}

async function timed(run: () => Promise<unknown>): Promise<string> {
  const start = performance.now();
  await run();
  return ((performance.now() - start) / 1000).toFixed(2);
}

export default async function bench(): Promise<void> {
  const code = sourceCode(10 * MEGABYTE);
  const gpt2 = await gpt2Tokenizer();
  const gpt2Peer = await huggingFaceTokenizer(toTokenizerJson(gpt2));
  compare('encode, GPT-2 vocabulary', code, [
    ['cloze', (text) => gpt2.encode(text)],
    ['@huggingface/tokenizers', (text) => gpt2Peer.encode(text).ids],
    ['gpt-tokenizer', (text) => encodeGptTokenizer(text)],
  ]);
  const bert = await bertTokenizer();
  const bertPeer = await huggingFaceTokenizer(toTokenizerJson(bert));
  compare('encode, BERT vocabulary (uncased)', code, [
    ['cloze', (text) => bert.encode(text)],
    ['@huggingface/tokenizers', (text) => bertPeer.encode(text).ids],
  ]);

  const { texts } = code;
  const times: string[][] = [];
  for (const threads of [1, 2]) {
    times.push([
      String(threads),
      await timed(() => trainBpe({ texts, vocabSize: 256 + 8192, specialTokens: [], threads })),
      await timed(() => trainWordPiece({ texts, vocabSize: 8192, startFrequency: ROUNDS_FROM, threads })),
      await timed(() => trainWordPiece({ texts, vocabSize: 30522, startFrequency: ROUNDS_FROM, threads })),
    ]);
  }
  printTable('train on the same files, seconds', [
    ['counting threads', 'BPE, 8192 merges', 'WordPiece, 8192 tokens', 'WordPiece, 30522 tokens'],
    ...times,
  ]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bench();
