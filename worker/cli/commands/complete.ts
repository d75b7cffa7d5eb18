import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { ClozeError, messageOf, systemCode } from '../../base/errors.ts';
import type { CompleteRequest } from '../../protocol/generation.ts';
import { completeAt } from '../../services/complete.ts';
import { noteText } from '../format.ts';
import { cancellable, Interrupted } from '../interrupt.ts';
import {
  addGenerationOptions,
  type GenerationOptions,
  MODEL_OPTION,
  newSeed,
  providerOption,
} from '../options.ts';
import type { Output } from '../output.ts';

interface Options extends GenerationOptions {
  readonly model: string;
  readonly provider?: string;
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
    .addHelpText('after', '\nExample:\n  cloze complete --model runs/first src/main.ts:12:18')
    .action(
      async (place: string, { model, provider, lines, fim, seed = newSeed(), ...settings }: Options) => {
        const { path, line, column } = parsePlace(place);
        const text = readText(path);
        const request = { model, provider, text, line, column, lines, fim, settings: { ...settings, seed } };
        const completion = await cancellable((signal) =>
          completeAt(request, {
            signal,
            onNote: (message) => output.note(noteText(message)),
          }),
        );
        const { type, ...result } = completion;
        output.result({ event: type, ...result, seed }, () => completion.text);
        if (completion.reason === 'cancelled') throw new Interrupted();
      },
    );
}

/** Throws `usage`. */
function parsePlace(place: string): { path: string; line: number; column: number } {
  const [, path, line, column] = /^(.+):(\d+):(\d+)$/.exec(place) ?? [];
  if (path !== undefined) return { path, line: Number(line), column: Number(column) };
  throw new ClozeError('usage', `expected FILE:LINE:COLUMN, got ${place}`, {
    hint: 'line and column count from 1, for example src/main.ts:12:18',
  });
}

/** The text of a UTF-8 file, without a byte order mark. Throws `data`. */
function readText(path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
  } catch (error) {
    const missing = systemCode(error) === 'ENOENT';
    throw new ClozeError('data', `cannot read ${path}: ${missing ? 'no such file' : messageOf(error)}`, {
      ...(missing ? { hint: `paths are relative to ${process.cwd()}` } : {}),
      cause: error,
      details: { path },
    });
  }
}
