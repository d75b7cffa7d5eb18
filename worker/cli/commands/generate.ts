import type { Command } from 'commander';
import type { GenerationEvent, WeightPrecision } from '../../protocol/generation.ts';
import { generateText } from '../../services/generate.ts';
import { textOrStdin } from '../arguments.ts';
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

type Done = Extract<GenerationEvent, { type: 'done' }>;

interface Options extends GenerationOptions {
  readonly model: string;
  readonly provider?: string;
  readonly weights?: WeightPrecision;
}

export function addGenerate(program: Command, output: Output): void {
  const command = program
    .command('generate')
    .summary('continue a text with a model')
    .description(
      'Continues a prompt and prints the text as it comes. With --json each line is an event: prompt, text, done.',
    )
    .argument('<prompt>', "the text to continue, or '-' to read standard input")
    .requiredOption(...MODEL_OPTION);
  addGenerationOptions(command)
    .addOption(providerOption())
    .addOption(weightsOption())
    .addHelpText(
      'after',
      "\nExample:\n  cloze generate --model runs/first --max-tokens 64 --temperature 0.8 --top-k 40 'function '",
    )
    .action(
      async (argument: string, { model, provider, weights, seed = newSeed(), ...settings }: Options) => {
        const prompt = textOrStdin(argument);
        const done = await cancellable((signal) =>
          show(
            generateText(
              { model, provider, weights, prompt, settings: { ...settings, seed } },
              { signal, onNote: (message) => output.note(noteText(message)) },
            ),
            output,
            seed,
          ),
        );
        if (done?.reason === 'cancelled') throw new Interrupted();
      },
    );
}

/** Prints the events as they come and gives the last one. */
async function show(
  events: AsyncIterable<GenerationEvent>,
  output: Output,
  seed: number,
): Promise<Done | undefined> {
  let done: Done | undefined;
  for await (const event of events) {
    if (output.json) {
      const { type, ...rest } = event;
      output.value({ event: type, ...rest, ...(type === 'done' ? { seed } : {}) });
    } else if (event.type === 'text') {
      output.text(event.text);
    } else if (event.type === 'done') {
      output.text('\n');
    }
    if (event.type === 'prompt' && event.dropped > 0) {
      output.note(
        `note: the context does not hold the prompt: its first ${event.dropped} tokens are left out`,
      );
    }
    if (event.type === 'done') {
      output.note(`${event.tokens} tokens${pace(event)}, seed ${seed}; ${ending(event)}`);
      done = event;
    }
  }
  return done;
}

function pace({ tokensPerSecond }: Done): string {
  return tokensPerSecond === undefined ? '' : `, ${formatCount(tokensPerSecond)} tokens/s`;
}

function ending({ reason, stop }: Done): string {
  return {
    end: 'the model ended the text',
    stop: `ended before ${JSON.stringify(stop)}`,
    length: 'ended by length',
    cancelled: 'interrupted',
  }[reason];
}
