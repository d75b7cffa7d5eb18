import * as z from 'zod';
import { isLabelled, type ObjectiveName } from '../../webview/protocol/objectives.ts';
import { ObjectiveSchema, TrainingFormSchema } from '../../webview/protocol/training.ts';
import { isPresetName, PRESETS } from '../../worker/protocol/models.ts';
import { canLearn } from '../training/objectives.ts';
import { refusal } from '../platform/problem.ts';

/** What keybindings, tasks and tests may give: fields of the form that are to be others. */
const OptionsSchema = TrainingFormSchema.extend({ objective: ObjectiveSchema }).partial();
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

/**
 * What is learned from folders of text: what the options name, or else what the form has, unless that takes labelled
 * examples or is not for the preset that the options name.
 */
export function objectiveFor(
  { objective, model }: Pick<TrainOptions, 'objective' | 'model'>,
  current: ObjectiveName,
): ObjectiveName {
  if (objective !== undefined) return objective;
  const kept = isLabelled(current) ? 'clm' : current;
  if (model === undefined || !isPresetName(model)) return kept;
  const { layout } = PRESETS[model];
  if (canLearn(layout, kept)) return kept;
  return canLearn(layout, 'clm') ? 'clm' : 'mlm';
}
