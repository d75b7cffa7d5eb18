import { Command } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import { systemCode } from '../base/errors.ts';
import { addAdapter } from './commands/adapter.ts';
import { addAnswer } from './commands/answer.ts';
import { addAttention } from './commands/attention.ts';
import { addClassify } from './commands/classify.ts';
import { addCombine } from './commands/combine.ts';
import { addComplete } from './commands/complete.ts';
import { addDevice } from './commands/device.ts';
import { addEmbed } from './commands/embed.ts';
import { addEval } from './commands/eval.ts';
import { addExport } from './commands/export.ts';
import { addFillMask } from './commands/fill-mask.ts';
import { addGenerate } from './commands/generate.ts';
import { addImport } from './commands/import.ts';
import { addInfo } from './commands/info.ts';
import { addPolysemy } from './commands/polysemy.ts';
import { addResume } from './commands/resume.ts';
import { addSimilar } from './commands/similar.ts';
import { addTag } from './commands/tag.ts';
import { addTokenize } from './commands/tokenize.ts';
import { addTokenizer } from './commands/tokenizer.ts';
import { addTrain } from './commands/train.ts';
import { EXIT } from './exit.ts';
import { reportFailure } from './failure.ts';
import { Output } from './output.ts';

const DESCRIPTION = `Train, inspect and use BERT and GPT models on this machine, on ONNX Runtime.
Results go to stdout, messages and progress to stderr.`;

const EXIT_CODES = `
Exit codes:
  0    success
  1    the command failed
  2    it was called wrongly
  130  it was interrupted (Ctrl-C, or its reader has gone)`;

/** In the order of --help. */
const COMMANDS = [
  addDevice,
  addInfo,
  addTokenizer,
  addTokenize,
  addTrain,
  addResume,
  addEval,
  addExport,
  addImport,
  addAdapter,
  addCombine,
  addGenerate,
  addComplete,
  addFillMask,
  addClassify,
  addTag,
  addAnswer,
  addEmbed,
  addSimilar,
  addPolysemy,
  addAttention,
];

/** Runs the command that `argv` names and gives its exit code. */
export async function runCommandLine(argv: readonly string[]): Promise<number> {
  const program = new Command('cloze');
  const output = new Output(() => program.opts<{ json?: boolean }>().json === true);
  program
    .description(DESCRIPTION)
    .version(manifest.version)
    .option('--json', 'print JSON on stdout: one object, or one a line for what comes bit by bit')
    .addHelpText('after', EXIT_CODES)
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ outputError: () => undefined }) // reportFailure says it
    .showSuggestionAfterError()
    .exitOverride();
  for (const add of COMMANDS) add(program, output);
  interruptOnClosedPipe();
  try {
    await program.parseAsync(argv);
    return EXIT.success;
  } catch (error) {
    return reportFailure(error, output);
  }
}

/** A reader that has seen enough (`cloze ... | head`) interrupts the command as Ctrl-C does: a run keeps a checkpoint. */
function interruptOnClosedPipe(): void {
  let isClosed = false;
  process.stdout.on('error', (error) => {
    if (systemCode(error) !== 'EPIPE') throw error;
    if (isClosed) return; // each further write fails, too
    isClosed = true;
    if (!process.emit('SIGINT')) process.exit(EXIT.interrupted);
  });
}
