/** Model and training fields by their documented names, as `--set` and `--config` write them. */
import * as z from 'zod';
import { ClozeError } from '../base/errors.ts';
import { readJson } from '../base/files.ts';
import { BertConfigSchema, GptConfigSchema } from '../models/config.ts';
import { LoraSettingsSchema } from '../models/lora.ts';
import type { SettingValues } from '../protocol/train.ts';
import { TrainingSettingsSchema } from '../training/settings.ts';
import { nearest } from './nearest.ts';

/** Decoders and encoders share most fields; a field of the other kind is refused once the model is known. */
const FIELDS: Readonly<Record<Section, Readonly<Record<string, z.ZodType>>>> = {
  model: { ...BertConfigSchema.shape, ...GptConfigSchema.shape, layout: anyLayout() },
  training: TrainingSettingsSchema.shape,
  lora: LoraSettingsSchema.shape,
};

type Section = (typeof SECTIONS)[number];

const SECTIONS = ['model', 'training', 'lora'] as const;

export const NO_SETTINGS: SettingValues = { model: {}, training: {} };

export interface SettingHelp {
  /** As `--set` takes it: 'training.lr'. */
  readonly name: string;
  readonly description: string;
  /** Undefined where there is none, or it follows from others. */
  readonly default: unknown;
  /** The values that it may have; none where they are not a few. */
  readonly choices: readonly string[];
}

/** The families of both kinds: a preset of one kind takes those of its own. */
function anyLayout(): z.ZodType {
  const { layout: decoders } = GptConfigSchema.shape; // described as that of encoders is
  const families = [...decoders.unwrap().options, ...BertConfigSchema.shape.layout.unwrap().options];
  return z
    .enum(families)
    .default('gpt2')
    .describe(decoders.description ?? '');
}

/** Every field, for help and documentation. */
export function describeSettings(): SettingHelp[] {
  return SECTIONS.flatMap((section) =>
    Object.entries(fields(section)).map(([field, schema]) => ({
      name: `${section}.${field}`,
      description: schema.description ?? '',
      default: schema.safeParse(undefined).data,
      choices: choicesOf(schema),
    })),
  );
}

/** Adds assignments, such as 'training.lr=1e-3', to settings. Throws `usage`. */
export function applySettings(
  assignments: readonly string[],
  settings: SettingValues = NO_SETTINGS,
): SettingValues {
  const values: Partial<Record<Section, Record<string, unknown>>> & SettingValues = structuredClone(settings);
  for (const assignment of assignments) {
    const at = assignment.indexOf('=');
    if (at < 0) {
      throw new ClozeError('usage', `expected NAME=VALUE, got ${assignment}`, {
        hint: 'for example --set training.steps=500 model.layers=4',
      });
    }
    const name = assignment.slice(0, at);
    const { section, field, schema } = find(name);
    const ofSection = (values[section] ??= {});
    ofSection[field] = parseValue(name, assignment.slice(at + 1), schema);
  }
  return values;
}

const FileSchema = z.strictObject({
  model: z.record(z.string(), z.unknown()).default({}),
  training: z.record(z.string(), z.unknown()).default({}),
  lora: z.record(z.string(), z.unknown()).optional(),
});

/** Reads settings from a JSON file `{ "model": {...}, "training": {...}, "lora": {...} }`. Throws `config`, `usage`. */
export async function readSettings(path: string): Promise<SettingValues> {
  const values = await readJson(path, FileSchema);
  for (const section of SECTIONS) {
    for (const [name, value] of Object.entries(values[section] ?? {})) {
      const result = find(`${section}.${name}`).schema.safeParse(value);
      if (!result.success)
        throw new ClozeError('config', `${path}: ${section}.${name}: ${problem(result.error)}`);
    }
  }
  return values;
}

function choicesOf(schema: z.ZodType): string[] {
  const inner = schema instanceof z.ZodDefault || schema instanceof z.ZodOptional ? schema.unwrap() : schema;
  return inner instanceof z.ZodEnum ? inner.options.map(String) : [];
}

function fields(section: Section): Readonly<Record<string, z.ZodType>> {
  return FIELDS[section];
}

function find(name: string): { section: Section; field: string; schema: z.ZodType } {
  const at = name.indexOf('.');
  const section = SECTIONS.find((each) => each === name.slice(0, at));
  const field = name.slice(at + 1);
  const schema =
    section !== undefined && Object.hasOwn(fields(section), field) ? fields(section)[field] : undefined;
  if (section !== undefined && schema !== undefined) return { section, field, schema };
  const known = SECTIONS.flatMap((each) => Object.keys(fields(each)).map((key) => `${each}.${key}`));
  throw new ClozeError('usage', `unknown setting ${name}`, {
    hint: `did you mean ${nearest(name, known).join(' or ')}? \`cloze train --help\` lists them all`,
    details: { name },
  });
}

/** A value as the field's type has it: JSON, or text that needs no quotes. */
function parseValue(name: string, text: string, schema: z.ZodType): unknown {
  const json = fromJson(text);
  const readings = json === undefined ? [text, [text]] : [json, text, [text]];
  const tried = readings.map((value) => schema.safeParse(value));
  const found = tried.find((result) => result.success);
  if (found !== undefined) return found.data;
  throw new ClozeError('usage', `${name}=${text}: ${problem(tried[0]!.error!)}`, {
    ...(schema.description === undefined ? {} : { hint: `${name}: ${schema.description}` }),
    details: { name, value: text },
  });
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function problem(error: z.ZodError): string {
  return error.issues.map(({ message }) => message).join('; ');
}
