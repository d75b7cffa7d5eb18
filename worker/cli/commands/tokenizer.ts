import { type Command, Option } from 'commander';
import {
  TOKENIZER_KINDS,
  type TokenizerTrainRequest,
  type TokenizerTrainResult,
} from '../../protocol/tokenizer.ts';
import { trainTokenizer } from '../../services/tokenizers.ts';
import { positiveInteger } from '../arguments.ts';
import { formatBytes, formatCount, formatFiles, formatLeftOut } from '../format.ts';
import { cancellable } from '../interrupt.ts';
import type { Output } from '../output.ts';
import { PhaseProgress } from '../progress.ts';

export function addTokenizer(program: Command, output: Output): void {
  const tokenizer = program.command('tokenizer').summary('make tokenizers').description('Makes tokenizers.');
  tokenizer
    .command('train')
    .summary('train a tokenizer on files')
    .description(
      'Trains a tokenizer on text files and writes it as a Hugging Face tokenizer.json. Folders are searched as --data of `cloze train` is.',
    )
    .argument('<path...>', 'files, folders and globs; one that begins with ! leaves out')
    .addOption(
      new Option(
        '--kind <kind>',
        'bpe: byte-level BPE as in GPT-2; wordpiece: lower-cased WordPiece as in BERT; char: one token a character',
      )
        .choices(TOKENIZER_KINDS)
        .default('bpe'),
    )
    .option(
      '--vocab-size <n>',
      'bytes or characters, merges and special tokens together (not of char)',
      positiveInteger,
      8192,
    )
    .requiredOption('--out <folder>', 'the folder to write; a tokenizer that is there is replaced')
    .addHelpText('after', '\nExample:\n  cloze tokenizer train src --vocab-size 4096 --out tokenizer')
    .action(async (paths: string[], options: Omit<TokenizerTrainRequest, 'paths'>) => {
      const result = await cancellable((signal) => train({ paths, ...options }, signal));
      if (result.warning !== undefined) output.note(`note: ${result.warning}`);
      output.result(result, () => summary(result));
    });
}

async function train(request: TokenizerTrainRequest, signal: AbortSignal): Promise<TokenizerTrainResult> {
  const progress = new PhaseProgress();
  try {
    return await trainTokenizer(request, { signal, onProgress: (now) => progress.update(now) });
  } finally {
    progress.end();
  }
}

function summary({ folder, vocabSize, files, bytes, leftOut, seconds }: TokenizerTrainResult): string {
  return [
    `${folder}: ${formatCount(vocabSize)} tokens, from ${formatFiles(files)} (${formatBytes(bytes)}) in ${seconds.toFixed(1)} s`,
    ...formatLeftOut(leftOut),
  ].join('\n');
}
