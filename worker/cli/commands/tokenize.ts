import type { Command } from 'commander';
import type { TokenizeResult, TokenSpan, WordExplanation } from '../../protocol/tokenizer.ts';
import { tokenize } from '../../services/tokenizers.ts';
import { textOrStdin } from '../arguments.ts';
import { formatTable, visible } from '../format.ts';
import type { Output } from '../output.ts';

export function addTokenize(program: Command, output: Output): void {
  program
    .command('tokenize')
    .summary('show the tokens of a text')
    .description(
      'Prints the tokens of a text: id, entry in the vocabulary, and the text that each stands for. Special tokens written in the text are recognised.',
    )
    .argument('<text>', "the text, or '-' to read standard input")
    .requiredOption('--tokenizer <folder>', 'a folder with a tokenizer.json, for example a model folder')
    .option('--explain', 'show how merges make the tokens, step by step', false)
    .addHelpText('after', "\nExample:\n  cloze tokenize --tokenizer tokenizer --explain 'return value;'")
    .action(async (argument: string, options: { tokenizer: string; explain: boolean }) => {
      const text = textOrStdin(argument);
      const result = await tokenize({ ...options, text });
      output.result(result, () =>
        [...(result.words?.map((word) => explanation(word, text)) ?? []), tokenTable(result, text)].join(
          '\n\n',
        ),
      );
    });
}

function tokenTable({ tokens, count }: TokenizeResult, text: string): string {
  const row = ({ id, token, start, end }: TokenSpan) => [String(id), token, visible(text.slice(start, end))];
  return `${formatTable([['id', 'token', 'text'], ...tokens.map(row)], [0])}\n${count} tokens`;
}

/** A word's symbols, then a line a merge: its rank, the pair, and the word after it. */
function explanation({ start, end, symbols, steps }: WordExplanation, text: string): string {
  const merges = steps.map(({ rank, left, right, pieces }) => [
    '',
    `merge ${rank}`,
    `${left} + ${right}`,
    pieces.join(' '),
  ]);
  return [
    `"${visible(text.slice(start, end))}"`,
    formatTable([['', 'symbols', '', symbols.join(' ')], ...merges]),
  ].join('\n');
}
