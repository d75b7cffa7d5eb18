import { type Command, InvalidArgumentError } from 'commander';
import { type CombineRequest, parseWeight } from '../../protocol/combine.ts';
import { combine } from '../../services/combine.ts';
import { formatCount } from '../format.ts';
import type { Output } from '../output.ts';

export function addCombine(program: Command, output: Output): void {
  program
    .command('combine')
    .summary('make one adapter of several')
    .description(
      'Writes the adapter that adds the weighted sum of what others add to the base that they share. Exactly: its rank is the sum of theirs.',
    )
    .argument(
      '<adapter=weight...>',
      'adapters or their runs, each with the factor on what it adds; below 0, it takes that away',
      parsePart,
    )
    .requiredOption('--out <folder>', 'the folder to write')
    .option('--force', 'replace an adapter that is there already')
    .addHelpText('after', '\nExample:\n  cloze combine runs/tests=0.7 runs/docs=0.3 --out adapters/both')
    .action(async (parts: CombineRequest['parts'], options: Omit<CombineRequest, 'parts'>) => {
      const result = await combine({ parts, ...options });
      const { folder, base, rank, layers } = result;
      output.result(
        result,
        () => `${folder}: ${formatCount(layers)} layers of rank up to ${formatCount(rank)}, of ${base}`,
      );
    });
}

/** `runs/a=0.7`. */
function parsePart(text: string, before: CombineRequest['parts'] = []): CombineRequest['parts'] {
  const [, adapter, number = ''] = /^(.+)=([^=]+)$/.exec(text) ?? [];
  const weight = parseWeight(number);
  if (adapter === undefined || weight === undefined)
    throw new InvalidArgumentError('expected an adapter and its weight, such as runs/first=0.7');
  return [...before, { adapter, weight }];
}
