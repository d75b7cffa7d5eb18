import { type Command, Option } from 'commander';
import { ClozeError } from '../../base/errors.ts';
import { OBJECTIVES, type ObjectiveName } from '../../training/objective-name.ts';
import type { SettingValues } from '../../protocol/train.ts';
import { applySettings, describeSettings, NO_SETTINGS, readSettings } from '../../services/settings.ts';
import { startTraining } from '../../services/train.ts';
import { collect, positiveInteger, seed } from '../arguments.ts';
import { formatTable } from '../format.ts';
import { providerOption } from '../options.ts';
import type { Output } from '../output.ts';
import { showRun } from '../run-view.ts';

interface TrainOptions {
  readonly data: string[];
  readonly objective?: ObjectiveName;
  readonly model: string;
  readonly tokenizer?: string;
  readonly out: string;
  readonly provider?: string;
  readonly threads?: number;
  readonly seed?: number;
  readonly lora?: boolean;
  readonly profile?: boolean;
  readonly config?: string;
  readonly set?: string[];
}

const LABELLED = `
Files with labelled examples:
  classify  .jsonl: {"text": "...", "label": "..."}, with "pair" for a second text; .csv, .tsv: columns text, label, pair
  tag       .jsonl: {"tokens": ["Ada", "sings"], "tags": ["B-PER", "O"]}; .conll, .bio, .iob, .iob2, .txt: a word a line,
            its tag in the last column, an empty line between sentences
  qa        .json as SQuAD's; .jsonl: {"question": "...", "context": "...", "answers": {"text": ["..."], "answer_start": [0]}}`;

const EXAMPLES = `
Examples:
  cloze train --data src --model gpt-nano --tokenizer bpe:2048 --out runs/first
  cloze train --data src '!**/*.test.ts' --model gpt-micro --out runs/second \\
    --set model.layers=4 training.steps=2000 training.lr=1e-3

  cloze train --data mails --model bert-tiny --out runs/reader
  cloze train --objective classify --data mails.jsonl --model runs/reader --out runs/spam
  cloze train --data src --model runs/first --out runs/mine --lora --set lora.rank=16

Ctrl-C stops the run and keeps a checkpoint; \`cloze resume\` goes on from there. A second Ctrl-C ends it at once.`;

export function addTrain(program: Command, output: Output): void {
  program
    .command('train')
    .summary('train a model on files')
    .description(
      'Trains a model on text files and keeps it in a run folder. With --json each line of stdout is an event: start, step, eval, sample, checkpoint, done.',
    )
    .requiredOption(
      '--data <path...>',
      'files, folders and globs; one that begins with ! leaves out; to classify, tag and answer, files with examples (see below)',
    )
    .addOption(
      new Option(
        '--objective <name>',
        'what to learn: clm is the next token; mlm masked tokens, mlm+nsp also next sentences; classify, tag and qa labelled examples (default: clm; of an encoder what its head is for, or mlm)',
      ).choices(OBJECTIVES),
    )
    .requiredOption('--model <preset|folder>', 'a preset (new weights), or a model folder to go on from')
    .option(
      '--tokenizer <folder|bpe:N|wordpiece:N|char>',
      "one from a folder, or a new one trained on the data (default: the model folder's, or one of the preset's size: BPE for a decoder, WordPiece for an encoder)",
    )
    .requiredOption('--out <folder>', 'the run folder to make')
    .addOption(providerOption())
    .option('--threads <n>', 'threads inside one operator (default: one a core)', positiveInteger)
    .option('--profile', 'print at the end where the time went, by operator and by module; for short runs')
    .option('--lora', 'train a low-rank adapter of the model folder, whose own weights stay as they are')
    .option('--seed <n>', 'the same as --set training.seed', seed)
    .option(
      '--config <file>',
      'settings from a JSON file: {"model": {...}, "training": {...}}, with --lora also "lora"',
    )
    .option('--set <name=value...>', 'settings by name, see below; they win over --config', collect)
    .addHelpText('after', () => `\nSettings:\n${settingsTable()}\n${LABELLED}\n${EXAMPLES}`)
    .action(async (options: TrainOptions) => {
      const { data, objective, model, tokenizer, out, provider, threads, profile } = options;
      const request = {
        data,
        objective,
        model,
        tokenizer,
        out,
        provider,
        threads,
        profile,
        settings: await settingsOf(options),
      };
      await showRun(output, (hooks) => startTraining(request, hooks));
    });
}

async function settingsOf({ config, seed, lora, set = [] }: TrainOptions): Promise<SettingValues> {
  const read = config === undefined ? NO_SETTINGS : await readSettings(config);
  const seeded = seed === undefined ? [] : [`training.seed=${seed}`];
  const settings = applySettings([...seeded, ...set], lora === true ? { lora: {}, ...read } : read);
  if (settings.lora === undefined || lora === true) return settings;
  throw new ClozeError('usage', 'there are settings of an adapter, and none is asked for', {
    hint: 'add --lora to train one',
  });
}

/** Every setting with its default and what it is. */
function settingsTable(): string {
  return formatTable(
    describeSettings().map(({ name, description, default: value, choices }) => [
      `  ${name}`,
      value === undefined ? '' : JSON.stringify(value),
      choices.length === 0 ? description : `${description} (choices: ${choices.join(', ')})`,
    ]),
  );
}
