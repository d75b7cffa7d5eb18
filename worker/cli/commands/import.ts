import type { Command } from 'commander';
import type { ImportProgress, ImportResult } from '../../protocol/import.ts';
import { importModel } from '../../services/import.ts';
import { formatBytes, formatCount, formatFiles, noteText } from '../format.ts';
import { cancellable } from '../interrupt.ts';
import type { Output } from '../output.ts';
import { PhaseProgress } from '../progress.ts';

interface ImportOptions {
  readonly out: string;
  readonly revision?: string;
  readonly base?: string;
  readonly force?: boolean;
}

const NOTES = `
A repository is fetched from the Hugging Face Hub, at the commit that its revision names now: only safetensors, configuration
and tokenizer, each checked by its hash. Ctrl-C keeps what has come; the same command goes on from there.

Environment:
  HF_TOKEN     a token, for repositories that want one
  HF_ENDPOINT  the address of another Hub

Example:
  cloze import openai-community/gpt2 --out models/gpt2`;

export function addImport(program: Command, output: Output): void {
  program
    .command('import')
    .summary('make a model folder of one from elsewhere')
    .description(
      'Copies a model or an adapter from a Hugging Face folder or repository, after checking that Cloze can read it.',
    )
    .argument('<folder|owner/name>', 'a folder, or a repository')
    .requiredOption('--out <folder>', 'the folder to make')
    .option('--revision <name>', 'branch, tag or commit of a repository (default: main)')
    .option(
      '--base <folder>',
      "the base model of an adapter, where the adapter's files do not name a folder that is here",
    )
    .option('--force', 'replace a model that is there already')
    .addHelpText('after', NOTES)
    .action(async (source: string, options: ImportOptions) => {
      const { HF_TOKEN: token, HF_ENDPOINT: endpoint } = process.env;
      const request = { source, ...options, token, endpoint };
      const result = await cancellable((signal) => importShown(request, signal));
      output.result(result, () => summary(result));
    });
}

async function importShown(
  request: Parameters<typeof importModel>[0],
  signal: AbortSignal,
): Promise<ImportResult> {
  const progress = new PhaseProgress();
  try {
    return await importModel(request, {
      signal,
      onProgress: (now) => progress.update({ ...now, text: progressText(now) }),
      onNote: (note) => progress.note(noteText(note)),
    });
  } finally {
    progress.end();
  }
}

function progressText({ done, total, file = '', files = 0, of = 0 }: ImportProgress): string {
  if (of === 0) return '';
  return `${formatBytes(done)} of ${formatBytes(total)}  ${file} (${files + 1}/${of})`;
}

function summary({ folder, source, commit, files, bytes, parameters, base }: ImportResult): string {
  const from = commit === undefined ? source : `${source} at ${commit.slice(0, 12)}`;
  const on = base === undefined ? '' : `, on ${base}`;
  return `${folder}: ${formatCount(parameters)} parameters${on}, ${formatFiles(files.length)} (${formatBytes(bytes)}), from ${from}`;
}
