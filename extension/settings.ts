/** Every setting that package.json contributes: what a value must be, and its default. */
import * as z from 'zod';

export const SETTINGS = {
  'completion.enabled': z.boolean().default(true),
  'completion.model': z.string().default(''),
  'completion.weights': z.enum(['auto', 'float32', 'int8', 'int4']).default('auto'),
  'completion.languages': z.record(z.string(), z.boolean()).default({ '*': true }),
  'completion.lines': z.enum(['auto', 'single', 'multi']).default('auto'),
  'completion.maxTokens': z.int().min(1).max(256).default(48),
  'completion.timeBudget': z.int().min(50).max(10_000).default(600),
  'completion.delay': z.int().min(0).max(2000).nullable().default(null),
  'completion.maxLineSuffix': z.int().min(0).max(200).default(8),
  'completion.neighbours': z.boolean().default(true),
  'completion.fillInTheMiddle': z.boolean().default(true),
  'completion.prefetch': z.boolean().default(true),
  'completion.statistics': z.boolean().default(true),
  'encoder.model': z.string().default(''),
  'training.runsFolder': z.string().default(''),
  'training.provider': z.enum(['auto', 'cpu', 'webgpu', 'cuda', 'dml', 'coreml']).default('auto'),
  'training.threads': z.int().min(0).max(256).default(0),
  'training.priority': z.enum(['low', 'normal']).default('low'),
  'training.resumeAfterCrash': z.boolean().default(true),
  'hub.endpoint': z.string().default(''),
  'hub.modelsFolder': z.string().default(''),
  'worker.restarts': z.int().min(0).max(20).default(5),
} as const satisfies Record<string, z.ZodType>;

export type SettingName = keyof typeof SETTINGS;
export type SettingValue<Name extends SettingName> = z.output<(typeof SETTINGS)[Name]>;
