import type { Command } from 'commander';
import { exportModel } from '../../services/export.ts';
import { formatBytes, formatCount, noteText } from '../format.ts';
import { MODEL_OPTION } from '../options.ts';
import type { Output } from '../output.ts';

export function addExport(program: Command, output: Output): void {
  program
    .command('export')
    .summary('write a model to a folder of its own')
    .description(
      'Copies a model with its tokenizer to a Hugging Face folder, without what only a run needs. An adapter is merged into its base.',
    )
    .requiredOption(...MODEL_OPTION)
    .requiredOption('--out <folder>', 'the folder to write')
    .option('--force', 'replace a model that is there already')
    .action(async (options: { model: string; out: string; force?: boolean }) => {
      const result = await exportModel(options);
      const { folder, from, bytes, parameters, note } = result;
      if (note !== undefined) output.note(noteText(note));
      output.result(
        result,
        () => `${folder}: ${formatCount(parameters)} parameters, ${formatBytes(bytes)}, from ${from}`,
      );
    });
}
