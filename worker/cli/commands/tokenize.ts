import type { Command } from 'commander';
import {
  startOf,
  type TokenizedText,
  type WordExplanation,
  type WordPieces,
} from '../../protocol/tokenizer.ts';
import { explainMerges, explainPieces, tokenize } from '../../services/tokenizers.ts';
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
    .requiredOption('--tokenizer <folder>', 'a folder with a tokenizer.json: a tokenizer, a model or a run')
    .option('--explain', 'show how the tokens are made, step by step', false)
    .addHelpText('after', "\nExample:\n  cloze tokenize --tokenizer tokenizer --explain 'return value;'")
    .action(async (argument: string, options: { tokenizer: string; explain: boolean }) => {
      const request = { tokenizer: options.tokenizer, text: textOrStdin(argument) };
      const tokenized = await tokenize(request);
      const tokens = spans(request.text, tokenized);
      const pieces = options.explain && tokenized.kind === 'wordpiece';
      const words = options.explain && !pieces ? await explainMerges(request) : undefined;
      const spelled = pieces ? await explainPieces(request) : undefined;
      output.result({ count: tokens.length, tokens, words: words ?? spelled }, () =>
        [
          ...(words ?? []).map((word) => explanation(word, request.text)),
          ...(spelled ?? []).map((word) => spelling(word, request.text)),
          tokenTable(tokens, request.text),
        ].join('\n\n'),
      );
    });
}

/** A piece of text as the tokenizer sees it. */
interface TokenSpan {
  readonly id: number;
  /** The entry in the vocabulary; for byte-level BPE in the 256-symbol alphabet. */
  readonly token: string;
  /** UTF-16 offsets into the text; a token that holds part of a character spans that character. */
  readonly start: number;
  readonly end: number;
}

function spans(text: string, tokens: TokenizedText): TokenSpan[] {
  const entries = new Map(tokens.used.entries.map((entry, i) => [tokens.used.ids[i]!, entry]));
  return Array.from(tokens.ids, (id, i) => ({
    id,
    token: entries.get(id)!,
    start: startOf(text, tokens, i),
    end: tokens.ends[i]!,
  }));
}

function tokenTable(tokens: readonly TokenSpan[], text: string): string {
  const row = ({ id, token, start, end }: TokenSpan) => [String(id), token, visible(text.slice(start, end))];
  return `${formatTable([['id', 'token', 'text'], ...tokens.map(row)], [0])}\n${tokens.length} tokens`;
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

/** A line a piece: the candidates that are not in the vocabulary, and the one that is; then a line a merge of training. */
function spelling({ start, end, word, steps, merges = [] }: WordPieces, text: string): string {
  const matches = steps.map(({ tried, match }) => ['', 'piece', match ?? '(none)', tried.join(' ')]);
  const learned = merges.map(({ rank, left, right, count, leftCount, rightCount, score, pieces }) => [
    '',
    `merge ${rank}`,
    `${left} + ${right}`,
    `${pieces.join(' ')}  (${count} / (${leftCount} x ${rightCount}) = ${score.toPrecision(3)})`,
  ]);
  return [
    `"${visible(text.slice(start, end))}"`,
    formatTable([
      ['', 'word', visible(word), matches.length === 0 ? 'too long' : ''],
      ...matches,
      ...learned,
    ]),
  ].join('\n');
}
