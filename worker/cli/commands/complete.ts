import { type Command, Option } from 'commander';
import type { CompleteRequest, WeightPrecision } from '../../protocol/generation.ts';
import { completeAt } from '../../services/complete.ts';
import { formatCount, noteText } from '../format.ts';
import { cancellable, Interrupted } from '../interrupt.ts';
import {
  addGenerationOptions,
  type GenerationOptions,
  MODEL_OPTION,
  newSeed,
  providerOption,
  weightsOption,
} from '../options.ts';
import type { Output } from '../output.ts';
import { textAround } from '../place.ts';

interface Options extends GenerationOptions {
  readonly model: string;
  readonly provider?: string;
  readonly weights?: WeightPrecision;
  readonly lines: CompleteRequest['lines'];
  readonly fim?: boolean;
}

export function addComplete(program: Command, output: Output): void {
  const command = program
    .command('complete')
    .summary('complete code at a place in a file')
    .description('Prints what the model would put at a place in a file; the file stays as it is.')
    .argument(
      '<place>',
      'FILE:LINE:COLUMN, both from 1; the completion begins before the character at COLUMN',
    )
    .requiredOption(...MODEL_OPTION);
  addGenerationOptions(command, { maxTokens: 64, temperature: 0 })
    .addOption(
      new Option(
        '--lines <how>',
        'single: to the end of the line; multi: to a blank line; auto: as the place asks',
      )
        .choices(['auto', 'single', 'multi'])
        .default('auto'),
    )
    .option('--fim', 'show the model what follows the place, too (default: if it was trained for that)')
    .option('--no-fim', 'show it only what stands before')
    .addOption(providerOption())
    .addOption(weightsOption())
    .addHelpText('after', '\nExample:\n  cloze complete --model runs/first src/main.ts:12:18')
    .action(
      async (
        place: string,
        { model, provider, weights, lines, fim, seed = newSeed(), ...settings }: Options,
      ) => {
        const request = {
          model,
          provider,
          weights,
          lines,
          fim,
          ...textAround(place),
          settings: { ...settings, seed },
        };
        const completion = await cancellable((signal) =>
          completeAt(request, {
            signal,
            onNote: (message) => output.note(noteText(message)),
          }),
        );
        if (completion.reason === 'cancelled') throw new Interrupted();
        const { text, replace, nothing } = completion;
        output.result({ event: 'done', ...completion, seed }, () => text);
        if (nothing !== undefined) output.note(`note: nothing to put there: ${nothing}`);
        if (replace > 0)
          output.note(`note: it takes the place of the next ${formatCount(replace)} characters`);
      },
    );
}
