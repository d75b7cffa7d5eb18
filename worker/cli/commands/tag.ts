import type { Command } from 'commander';
import type { Tagged } from '../../protocol/encoder.ts';
import { ENCODER_TASKS } from '../../services/encoder-tasks.ts';
import { textOrStdin } from '../arguments.ts';
import { ask, encoderCommand, share, shortened } from '../ask.ts';
import { formatTable } from '../format.ts';
import type { Output } from '../output.ts';

export function addTag(program: Command, output: Output): void {
  encoderCommand(program, 'tag')
    .summary('find names and the like in a text')
    .description(
      'Prints what a tagger finds in a text, with its place in UTF-16 units from 0. With --json also the label of each word.',
    )
    .argument('<text>', "the text, or '-' to read standard input")
    .addHelpText('after', "\nExample:\n  cloze tag runs/names 'Ada Lovelace lived in London.'")
    .action(async (model: string, argument: string, { provider }: { provider?: string }) => {
      const request = { model, provider, text: textOrStdin(argument) };
      const tagged = await ask(ENCODER_TASKS.tag, request, output);
      output.result(tagged, () => summary(tagged));
    });
}

function summary({ entities, words }: Tagged): string {
  if (entities.length === 0) return `nothing found in ${words.length} words`;
  const rows = entities.map(({ label, start, end, text, probability }) => [
    share(probability),
    label,
    `${start}-${end}`,
    shortened(text),
  ]);
  return formatTable(rows);
}
