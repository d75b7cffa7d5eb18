import type { Command } from 'commander';
import type { Polysemy } from '../../protocol/encoder.ts';
import { ENCODER_TASKS } from '../../services/encoder-tasks.ts';
import { ask, encoderCommand } from '../ask.ts';
import { formatTable } from '../format.ts';
import type { Output } from '../output.ts';
import { readLines } from '../text-file.ts';

interface Options {
  readonly sentences: string;
  readonly provider?: string;
}

export function addPolysemy(program: Command, output: Output): void {
  encoderCommand(program, 'polysemy')
    .summary('compare a word between sentences')
    .description(
      'Prints how alike the hidden states of a word are in several sentences, layer by layer, as cosines. Layer 0 is the token embedding, which knows no sentence.',
    )
    .argument('<word>', 'the word')
    .requiredOption('--sentences <file>', 'a file with a sentence a line, each with the word in it')
    .addHelpText('after', '\nExample:\n  cloze polysemy runs/bert bank --sentences sentences.txt')
    .action(async (model: string, word: string, { sentences: file, provider }: Options) => {
      const sentences = readLines(file);
      const compared = await ask(ENCODER_TASKS.polysemy, { model, provider, word, sentences }, output);
      const similarities = matrices(compared);
      output.result({ word, sentences, ...compared, similarities }, () => table(sentences, similarities));
    });
}

/** similarities[layer][sentence][sentence]. */
function matrices({ similarities, layers, occurrences: { length: count } }: Polysemy): number[][][] {
  const row = (at: number): number[] => Array.from(similarities.subarray(at * count, (at + 1) * count));
  return Array.from({ length: layers }, (_, layer) =>
    Array.from({ length: count }, (__, sentence) => row(layer * count + sentence)),
  );
}

/** The sentences, and a row for each two of them with a column a layer. */
function table(sentences: readonly string[], layers: readonly (readonly (readonly number[])[])[]): string {
  const names = sentences.map((sentence, i) => `${i + 1}  ${sentence}`).join('\n');
  const rows = sentences.flatMap((_, i) =>
    sentences.slice(i + 1).map((__, beyond) => {
      const other = i + 1 + beyond;
      return [`${i + 1}, ${other + 1}`, ...layers.map((layer) => layer[i]![other]!.toFixed(3))];
    }),
  );
  const head = ['sentences', ...layers.map((_, layer) => `layer ${layer}`)];
  return `${names}\n\n${formatTable([head, ...rows], [...head.keys()].slice(1))}`;
}
