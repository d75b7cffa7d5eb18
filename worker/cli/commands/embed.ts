import { type Command, Option } from 'commander';
import { ClozeError } from '../../base/errors.ts';
import { ENCODER_TASKS } from '../../services/encoder-tasks.ts';
import { textOrStdin } from '../arguments.ts';
import { ask, encoderCommand, noteCut, shortened } from '../ask.ts';
import { formatTable } from '../format.ts';
import type { Output } from '../output.ts';
import { readLines } from '../text-file.ts';

interface Options {
  readonly file?: string;
  readonly pooling: 'cls' | 'mean';
  readonly normalize: boolean;
  readonly provider?: string;
}

/** Numbers of each vector that are shown without --json. */
const SHOWN = 6;

export function poolingOption(): Option {
  return new Option('--pooling <how>', 'cls: the state of the first token; mean: of all tokens')
    .choices(['cls', 'mean'])
    .default('mean');
}

export function addEmbed(program: Command, output: Output): void {
  encoderCommand(program, 'embed')
    .summary('make vectors of texts')
    .description('Makes a vector of each text from the last hidden states. All its numbers come with --json.')
    .argument('[text...]', "the texts; '-' reads one from standard input")
    .option('--file <path>', 'a file with a text a line')
    .addOption(poolingOption())
    .option('--normalize', 'give each vector the length 1', false)
    .addHelpText('after', "\nExample:\n  cloze embed runs/bert --json 'one text' 'another text'")
    .action(async (model: string, given: string[], { file, ...options }: Options) => {
      const texts = [...given.map(textOrStdin), ...(file === undefined ? [] : readLines(file))];
      if (texts.length === 0) {
        throw new ClozeError('usage', 'expected texts, got none', {
          hint: 'give them as arguments, or a file with --file',
        });
      }
      const { width, vectors, cut } = await ask(ENCODER_TASKS.embed, { model, texts, ...options }, output);
      noteCut(cut, output);
      const rows = texts.map((text, i) => ({
        text,
        vector: Array.from(vectors.subarray(i * width, (i + 1) * width)),
      }));
      output.result({ width, texts: rows }, () => table(rows));
    });
}

function table(rows: readonly { readonly text: string; readonly vector: readonly number[] }[]): string {
  return formatTable(
    rows.map(({ text, vector }) => [
      shortened(text),
      ...vector.slice(0, SHOWN).map((value) => value.toFixed(4)),
      vector.length > SHOWN ? `… (${vector.length})` : '',
    ]),
    Array.from({ length: SHOWN }, (_, i) => i + 1),
  );
}
