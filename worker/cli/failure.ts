import { CommanderError } from 'commander';
import { ClozeError, messageOf } from '../base/errors.ts';
import { EXIT } from './exit.ts';
import { Interrupted } from './interrupt.ts';
import { type Output, styled } from './output.ts';

/** Says why a command failed, on stderr or with --json as `{error: {code, message, hint}}`, and gives its exit code. */
export function reportFailure(error: unknown, output: Output): number {
  if (error instanceof CommanderError && error.exitCode === 0) return EXIT.success; // --help, --version
  if (error instanceof CommanderError && error.code === 'commander.help') return EXIT.usage; // help was shown instead
  if (error instanceof Interrupted) return EXIT.interrupted;
  const { code, message, hint } = describe(error);
  if (output.json) output.value({ error: { code, message, ...(hint === undefined ? {} : { hint }) } });
  else {
    output.note(`${styled('red', 'error:', process.stderr)} ${message}`);
    if (hint !== undefined) output.note(`${styled('cyan', 'try:', process.stderr)} ${hint}`);
  }
  if (code === 'internal' && error instanceof Error) output.note(error.stack ?? '');
  return code === 'usage' ? EXIT.usage : code === 'cancelled' ? EXIT.interrupted : EXIT.failure;
}

function describe(error: unknown): { code: string; message: string; hint?: string | undefined } {
  if (error instanceof ClozeError) return error;
  if (error instanceof CommanderError) {
    return {
      code: 'usage',
      message: error.message.replace(/^error: /, ''),
      hint: 'add --help to see what there is',
    };
  }
  return { code: 'internal', message: messageOf(error) };
}
