import { type Command, Option } from 'commander';
import { EXPORT_FORMATS, GGUF_TYPES } from '../../export/formats.ts';
import type { ExportRequest } from '../../protocol/export.ts';
import { exportModel } from '../../services/export.ts';
import { formatBytes, formatCount, noteText } from '../format.ts';
import { cancellable } from '../interrupt.ts';
import { MODEL_OPTION } from '../options.ts';
import type { Output } from '../output.ts';

const FORMATS = `
Formats:
  huggingface  a folder with config.json, model.safetensors and tokenizer.json: transformers, Cloze
  onnx         a folder with onnx/model.onnx, for any batch and length, decoders with their key/value cache:
               ONNX Runtime, transformers.js, Optimum
  gguf         one file, of decoders: llama.cpp and what is built on it`;

export function addExport(program: Command, output: Output): void {
  program
    .command('export')
    .summary('write a model for other programs')
    .description(
      'Writes a model with its tokenizer for other programs, without what only a run needs. An adapter is merged into its base.',
    )
    .requiredOption(...MODEL_OPTION)
    .requiredOption('--out <path>', 'the folder to write; for gguf the file')
    .addOption(new Option('--format <name>', 'what to write').choices(EXPORT_FORMATS).default('huggingface'))
    .addOption(
      new Option('--dtype <name>', 'of the matrices in a gguf file (default: f32)').choices(GGUF_TYPES),
    )
    .option('--force', 'replace a model that is there already')
    .addHelpText('after', FORMATS)
    .action(async (options: ExportRequest) => {
      const result = await cancellable((signal) => exportModel(options, signal));
      const { path, from, bytes, parameters, note } = result;
      if (note !== undefined) output.note(noteText(note));
      output.result(
        result,
        () => `${path}: ${formatCount(parameters)} parameters, ${formatBytes(bytes)}, from ${from}`,
      );
    });
}
