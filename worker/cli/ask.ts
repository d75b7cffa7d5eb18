/** What the commands that ask an encoder share. */
import type { Command } from 'commander';
import type { TextModelRequest } from '../protocol/generation.ts';
import { askEncoder, type EncoderTask } from '../services/encoder-tasks.ts';
import { noteText } from './format.ts';
import { cancellable } from './interrupt.ts';
import { providerOption } from './options.ts';
import type { Output } from './output.ts';

/** A command with the model as its first argument. */
export function encoderCommand(program: Command, name: string): Command {
  return program
    .command(name)
    .argument('<model>', 'a model folder, or a run folder (then its best checkpoint)')
    .addOption(providerOption());
}

/** Asks a model from disk; Ctrl-C ends it. */
export function ask<Request extends TextModelRequest, Result>(
  task: EncoderTask<Request, Result>,
  request: Request,
  output: Output,
): Promise<Result> {
  const onNote = (message: string): void => output.note(noteText(message));
  return cancellable((signal) => askEncoder(task, request, { signal, onNote }));
}

/** Says that texts were cut, if any was. */
export function noteCut(cut: readonly number[], output: Output): void {
  const texts = cut.filter((tokens) => tokens > 0).length;
  if (texts === 0) return;
  const which = cut.length === 1 ? `the last ${cut[0]!} tokens of the text` : `the ends of ${texts} texts`;
  output.note(noteText(`the model has no room for ${which}`));
}

/** 0.5 as 0.500. */
export function share(probability: number): string {
  return probability.toFixed(3);
}

const WIDEST = 60;

/** The beginning of a text, on one line. */
export function shortened(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= WIDEST ? line : `${line.slice(0, WIDEST - 1).trimEnd()}…`;
}
