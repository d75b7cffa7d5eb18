import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import type { Answered } from '../../protocol/encoder.ts';
import { ENCODER_TASKS } from '../../services/encoder-tasks.ts';
import { numberBetween, positiveInteger, textOrStdin } from '../arguments.ts';
import { ask, encoderCommand, share, shortened } from '../ask.ts';
import { formatTable } from '../format.ts';
import type { Output } from '../output.ts';
import { readText } from '../text-file.ts';

interface Options {
  readonly context: string;
  readonly top: number;
  readonly maxAnswer: number;
  readonly threshold: number;
  readonly stride?: number;
  readonly provider?: string;
}

export function addAnswer(program: Command, output: Output): void {
  encoderCommand(program, 'answer')
    .summary('find the answer to a question in a text')
    .description(
      'Prints the piece of a text that answers a question, with its place in UTF-16 units from 0, and the next best. A long text is read in windows that overlap.',
    )
    .argument('<question>', 'the question')
    .requiredOption(
      '--context <file or text>',
      "the text: a file, '-' for standard input, or the text itself",
    )
    .option('--top <n>', 'spans to show', positiveInteger, 5)
    .option('--max-answer <n>', 'tokens of an answer at most', positiveInteger, 30)
    .option(
      '--threshold <x>',
      'say that there is no answer if that scores higher than the best span by more than this',
      numberBetween(-1000, 1000),
      0,
    )
    .option('--stride <n>', 'tokens from one window to the next', positiveInteger)
    .addHelpText('after', "\nExample:\n  cloze answer runs/qa 'Who wrote it?' --context README.md")
    .action(async (model: string, question: string, { context, ...options }: Options) => {
      const request = { model, question, context: contextOf(context), ...options };
      const answered = await ask(ENCODER_TASKS.answer, request, output);
      output.result(answered, () => summary(answered));
    });
}

/** A single word is the name of a file: as a text it could not answer anything. Throws `data`, `usage`. */
function contextOf(given: string): string {
  const isFile = existsSync(given) || !/\s/.test(given.trim());
  return isFile && given !== '-' ? readText(given) : textOrStdin(given);
}

function summary({ answer, spans, noAnswerScore, noAnswerProbability }: Answered): string {
  const none = [share(noAnswerProbability), noAnswerScore.toFixed(2), '', '(no answer)'];
  const rows = spans.map(({ probability, score, start, end, text }) => [
    share(probability),
    score.toFixed(2),
    `${start}-${end}`,
    shortened(text),
  ]);
  const table = formatTable([['share', 'score', 'place', 'text'], ...rows, none], [1]);
  return `${answer?.text ?? 'The text does not say.'}\n\n${table}`;
}
