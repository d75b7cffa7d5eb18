import type { Command } from 'commander';
import type { EvaluateRequest, EvaluateResult } from '../../protocol/train.ts';
import { evaluate, type EvaluateHooks } from '../../services/evaluate.ts';
import { evaluateLabelled, learnsFromLabels } from '../../services/evaluate-labelled.ts';
import { positiveInteger } from '../arguments.ts';
import { formatBytes, formatCount, formatFiles, formatLeftOut, formatTable, noteText } from '../format.ts';
import { cancellable } from '../interrupt.ts';
import { MODEL_OPTION, providerOption, weightsOption } from '../options.ts';
import type { Output } from '../output.ts';
import { PhaseProgress } from '../progress.ts';
import { reportTables } from '../report-tables.ts';
import { routingTable } from '../routing-table.ts';

export function addEval(program: Command, output: Output): void {
  program
    .command('eval')
    .summary('measure a model on files')
    .description(
      'Prints the mean loss a token and the perplexity of a GPT over all the text of files; of a model that classifies, tags or answers, the scores on files with labelled examples.',
    )
    .requiredOption(...MODEL_OPTION)
    .requiredOption(
      '--data <path...>',
      'files, folders and globs; one that begins with ! leaves out; labelled examples file by file',
    )
    .option('--batch <n>', 'sequences at once', positiveInteger)
    .option('--context <n>', "tokens a sequence (default: the model's context)", positiveInteger)
    .addOption(providerOption())
    .addOption(weightsOption())
    .addHelpText('after', '\nExample:\n  cloze eval --model runs/first --data test')
    .action(async (request: EvaluateRequest) => {
      const progress = new PhaseProgress();
      const measure = <T>(
        evaluation: (of: EvaluateRequest, hooks: EvaluateHooks) => Promise<T>,
      ): Promise<T> =>
        cancellable(async (signal) => {
          try {
            return await evaluation(request, {
              signal,
              onProgress: (now) => progress.update(now),
              onNote: (message) => progress.note(noteText(message)),
            });
          } finally {
            progress.end();
          }
        });
      if (learnsFromLabels(request.model)) {
        const report = await measure(evaluateLabelled);
        output.result(report, () => reportTables(report));
        return;
      }
      const result = await measure(evaluate);
      output.result(result, () => summary(result));
    });
}

function summary({
  loss,
  perplexity,
  bitsPerByte,
  tokens,
  files,
  bytes,
  leftOut,
  seconds,
  float32,
  routing,
}: EvaluateResult): string {
  const table = formatTable([
    ['loss', `${loss.toFixed(4)} nats a token`],
    ['perplexity', perplexity.toPrecision(4)],
    ...(float32 === undefined
      ? []
      : [
          [
            'in float32',
            `${float32.perplexity.toPrecision(4)}: ${lossOfRounding(perplexity / float32.perplexity)}`,
          ],
        ]),
    ['bits a byte', bitsPerByte.toFixed(4)],
    ['tokens', `${formatCount(tokens)}, from ${formatFiles(files)} (${formatBytes(bytes)})`],
    ['time', `${seconds.toFixed(1)} s`],
  ]);
  const experts = routing === undefined ? [] : ['', routingTable(routing)];
  return [table, ...formatLeftOut(leftOut), ...experts].join('\n');
}

function lossOfRounding(ratio: number): string {
  const percent = (100 * Math.abs(ratio - 1)).toFixed(2);
  return `rounding the weights has ${ratio < 1 ? 'lowered' : 'raised'} it by ${percent} %`;
}
