import type { Command } from 'commander';
import type { FilledMasks } from '../../protocol/encoder.ts';
import { ENCODER_TASKS } from '../../services/encoder-tasks.ts';
import { positiveInteger, textOrStdin } from '../arguments.ts';
import { ask, encoderCommand, share } from '../ask.ts';
import { formatTable, visible } from '../format.ts';
import type { Output } from '../output.ts';

interface Options {
  readonly top: number;
  readonly provider?: string;
}

export function addFillMask(program: Command, output: Output): void {
  encoderCommand(program, 'fill-mask')
    .summary('find words for the masks of a text')
    .description(
      'Prints what an encoder puts in the place of each mask, with its probability, and the text filled in.',
    )
    .argument(
      '<text>',
      "the text, with [MASK] in the place of each word to find, or '-' to read standard input",
    )
    .option('--top <n>', 'words of each mask', positiveInteger, 5)
    .addHelpText('after', "\nExample:\n  cloze fill-mask runs/bert 'The capital of France is [MASK].'")
    .action(async (model: string, argument: string, options: Options) => {
      const request = { model, text: textOrStdin(argument), ...options };
      const filled = await ask(ENCODER_TASKS.fillMask, request, output);
      output.result(filled, () => summary(filled));
    });
}

function summary({ masks, text }: FilledMasks): string {
  const tables = masks.map(({ fillings }, i) => {
    const title = masks.length === 1 ? '' : `mask ${i + 1}\n`;
    return (
      title + formatTable(fillings.map((filling) => [share(filling.probability), visible(filling.token)]))
    );
  });
  return [...tables, text].join('\n\n');
}
