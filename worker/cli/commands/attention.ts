import type { Command } from 'commander';
import { type Attention, attentionJson } from '../../protocol/inspect.ts';
import { inspectAttention } from '../../services/inspect.ts';
import { textOrStdin } from '../arguments.ts';
import { formatTable, noteText } from '../format.ts';
import { providerOption } from '../options.ts';
import type { Output } from '../output.ts';

interface Options {
  readonly second?: string;
  readonly provider?: string;
}

export function addAttention(program: Command, output: Output): void {
  program
    .command('attention')
    .summary('show what the heads of a model attend to')
    .description(
      'Prints the entropy of each attention head over a text: 0 bits for a head that looks at one token, more the wider it looks. With --json also the tokens and all weights, as weights[layer][head][from][to]. A long text is cut to 512 tokens or the context of the model.',
    )
    .argument('<model>', 'a model folder, or a run folder (then its last checkpoint, also while it trains)')
    .argument('<text>', "the text, or '-' to read standard input")
    .option('--second <text>', 'a second text in the same input; for encoders such as BERT')
    .addOption(providerOption())
    .addHelpText(
      'after',
      "\nExamples:\n  cloze attention runs/first 'const a = 1;'\n  cloze attention runs/first --json - < FILE > attention.json",
    )
    .action(async (model: string, argument: string, { second, provider }: Options) => {
      const request = { model, text: textOrStdin(argument), second, provider };
      const attention = await inspectAttention(request, {
        onNote: (message) => output.note(noteText(message)),
      });
      const { tokens, total } = attention;
      if (tokens.length < total)
        output.note(noteText(`only the first ${tokens.length} of ${total} tokens are shown to the model`));
      if (output.json) printJson(attention, output);
      else output.text(`${entropyTable(attention)}\n`);
    });
}

/** In pieces: the weights of a large model are longer than one string can be. */
function printJson(attention: Attention, output: Output): void {
  for (const piece of attentionJson(attention)) output.text(piece);
  output.text('\n');
}

/** A row a layer, a column a head. */
function entropyTable({ layers, heads, entropies, tokens, causal }: Attention): string {
  const columns = Array.from({ length: heads }, (_, head) => head);
  const rows = Array.from({ length: layers }, (_, layer) => [
    String(layer + 1),
    ...columns.map((head) => (entropies[layer * heads + head] ?? 0).toFixed(2)),
  ]);
  const head = ['layer', ...columns.map((column) => `head ${column + 1}`)];
  const seen = causal ? 'each sees those before it' : 'each sees all';
  return [
    `${tokens.length} tokens, ${seen}; entropy of each head in bits`,
    formatTable([head, ...rows], [0, ...columns.map((column) => column + 1)]),
  ].join('\n');
}
