import type { Command } from 'commander';
import { ENCODER_TASKS } from '../../services/encoder-tasks.ts';
import { positiveInteger, textOrStdin } from '../arguments.ts';
import { ask, encoderCommand, shortened } from '../ask.ts';
import { formatTable } from '../format.ts';
import type { Output } from '../output.ts';
import { readLines } from '../text-file.ts';
import { poolingOption } from './embed.ts';

interface Options {
  readonly file: string;
  readonly pooling: 'cls' | 'mean';
  readonly top: number;
  readonly provider?: string;
}

export function addSimilar(program: Command, output: Output): void {
  encoderCommand(program, 'similar')
    .summary('find the texts that are most like another')
    .description('Prints the lines of a file whose vectors are most like that of a text, with the cosine.')
    .argument('<query>', "the text to compare with, or '-' to read standard input")
    .requiredOption('--file <path>', 'a file with a text a line')
    .addOption(poolingOption())
    .option('--top <n>', 'lines to show', positiveInteger, 10)
    .addHelpText('after', "\nExample:\n  cloze similar runs/bert 'a bank by the river' --file sentences.txt")
    .action(async (model: string, argument: string, { file, ...options }: Options) => {
      const request = { model, query: textOrStdin(argument), texts: readLines(file), ...options };
      const texts = await ask(ENCODER_TASKS.similar, request, output);
      output.result({ texts }, () =>
        formatTable(texts.map(({ similarity, text }) => [similarity.toFixed(4), shortened(text)])),
      );
    });
}
