/** Tokenizers against their peers, on 10 MB of source code from node_modules: `node --import tsx bench/tokenizers.ts`. */
import { encode as encodeGptTokenizer } from 'gpt-tokenizer/encoding/gpt2';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { machine, printTable } from './support.ts';
import { gpt2Tokenizer } from '../test/support/gpt2.ts';
import { huggingFaceTokenizer } from '../test/support/hugging-face.ts';
import { trainBpe } from '../worker/tokenizers/bpe-trainer.ts';
import { toTokenizerJson } from '../worker/tokenizers/tokenizer-json.ts';

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

export default async function bench(): Promise<void> {
  const code = sourceCode(10 * MEGABYTE);
  const gpt2 = await gpt2Tokenizer();
  const huggingFace = await huggingFaceTokenizer(toTokenizerJson(gpt2));
  const peers: [string, (text: string) => ArrayLike<number>][] = [
    ['cloze', (text) => gpt2.encode(text)],
    ['@huggingface/tokenizers', (text) => huggingFace.encode(text).ids],
    ['gpt-tokenizer', (text) => encodeGptTokenizer(text)],
  ];
  const size = code.bytes / MEGABYTE;
  const rows = peers.map(([name, encode]) => {
    const encodeAll = (): void => code.texts.forEach((text) => encode(text));
    return { name, cold: size / seconds(encodeAll), warm: size / seconds(encodeAll) };
  });
  printTable(
    `encode, GPT-2 vocabulary, one core: ${code.texts.length} files, ${size.toFixed(1)} MB (${machine()})`,
    [
      ['', 'first pass MB/s', 'second pass MB/s', 'cloze / peer'],
      ...rows.map(({ name, cold, warm }) => [
        name,
        cold.toFixed(1),
        warm.toFixed(1),
        `${(rows[0]!.cold / cold).toFixed(1)} (${(rows[0]!.warm / warm).toFixed(1)})`,
      ]),
    ],
  );

  const times: string[][] = [];
  for (const threads of [1, 2]) {
    const start = performance.now();
    await trainBpe({ texts: code.texts, vocabSize: 256 + 8192, specialTokens: [], threads });
    times.push([String(threads), ((performance.now() - start) / 1000).toFixed(2)]);
  }
  printTable('train 8192 merges on the same files', [['counting threads', 'seconds'], ...times]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bench();
