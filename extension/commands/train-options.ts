import * as z from 'zod';
import { TrainingFormSchema } from '../../webview/protocol/training.ts';
import { refusal } from '../training/problem.ts';

/** What keybindings, tasks and tests may give: fields of the form that are to be others. */
const OptionsSchema = TrainingFormSchema.partial();
export type TrainOptions = z.output<typeof OptionsSchema>;

/** What a menu hands over: the folder of the explorer, or the line of a tree that has the focus, a run for one. */
const PlaceSchema = z.object({ path: z.string() });

/** The argument of a command that trains. Throws `usage` for one that names fields with values of other types. */
export function optionsOf(argument: unknown): TrainOptions {
  if (PlaceSchema.safeParse(argument).success) return {};
  // the title of a tree without a focus hands over null
  const options = OptionsSchema.safeParse(argument ?? {});
  if (options.success) return options.data;
  const wrong = options.error.issues.map(({ path, message }) => [path.join('.'), message].filter(Boolean));
  throw refusal(
    `the arguments of the command do not fit: ${wrong.map((parts) => parts.join(': ')).join('; ')}`,
    'give fields of the training form, as {"model": "gpt-micro"}',
  );
}
