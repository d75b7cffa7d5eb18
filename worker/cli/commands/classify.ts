import type { Command } from 'commander';
import { ClozeError } from '../../base/errors.ts';
import type { Classified } from '../../protocol/encoder.ts';
import { ENCODER_TASKS } from '../../services/encoder-tasks.ts';
import { textOrStdin } from '../arguments.ts';
import { ask, encoderCommand, noteCut, share, shortened } from '../ask.ts';
import { formatTable } from '../format.ts';
import type { Output } from '../output.ts';
import { readLines } from '../text-file.ts';

interface Options {
  readonly file?: string;
  readonly pair?: string;
  readonly provider?: string;
}

export function addClassify(program: Command, output: Output): void {
  encoderCommand(program, 'classify')
    .summary('label texts')
    .description('Prints the label that a classifier gives to each text, and its probability.')
    .argument('[text...]', "the texts; '-' reads one from standard input")
    .option('--file <path>', 'a file with a text a line')
    .option('--pair <text>', 'a second text that each is judged together with')
    .addHelpText('after', "\nExample:\n  cloze classify runs/spam 'You have won!' 'See you on Monday.'")
    .action(async (model: string, given: string[], { file, pair, provider }: Options) => {
      const texts = [...given.map(textOrStdin), ...(file === undefined ? [] : readLines(file))];
      if (texts.length === 0) {
        throw new ClozeError('usage', 'expected texts, got none', {
          hint: 'give them as arguments, or a file with --file',
        });
      }
      const request = { model, provider, texts: texts.map((text) => ({ text, pair })) };
      const results = await ask(ENCODER_TASKS.classify, request, output);
      noteCut(
        results.map(({ cut }) => cut),
        output,
      );
      const rows = results.map((result, i) => ({ text: texts[i]!, ...result }));
      output.result({ texts: rows }, () => (rows.length === 1 ? labels(rows[0]!) : table(rows)));
    });
}

function labels({ labels: all }: Classified): string {
  return formatTable(all.map(({ label, probability }) => [share(probability), label]));
}

function table(rows: readonly (Classified & { readonly text: string })[]): string {
  return formatTable(
    rows.map(({ text, label, probability }) => [share(probability), label, shortened(text)]),
  );
}
