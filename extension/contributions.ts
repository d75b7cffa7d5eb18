/**
 * Every id that package.json contributes, once and with its type. extension/contributions.test.ts holds the manifest
 * against this table.
 */
import * as z from 'zod';

export const EXTENSION_NAME = 'cloze';

export const COMMANDS = {
  trainWorkspace: 'cloze.trainWorkspace',
  trainFolder: 'cloze.trainFolder',
  pauseTraining: 'cloze.pauseTraining',
  resumeTraining: 'cloze.resumeTraining',
  stopTraining: 'cloze.stopTraining',
  showRun: 'cloze.showRun',
  openRunFolder: 'cloze.openRunFolder',
  deleteRun: 'cloze.deleteRun',
  exportModel: 'cloze.exportModel',
  addModel: 'cloze.addModel',
  removeModel: 'cloze.removeModel',
  selectCompletionModel: 'cloze.selectCompletionModel',
  useForCompletion: 'cloze.useForCompletion',
  toggleCompletion: 'cloze.toggleCompletion',
  whyNoCompletion: 'cloze.whyNoCompletion',
  showStatistics: 'cloze.showStatistics',
  generateAtCursor: 'cloze.generateAtCursor',
  tokenizeSelection: 'cloze.tokenizeSelection',
  refreshRuns: 'cloze.refreshRuns',
  showDevice: 'cloze.showDevice',
  restartWorkers: 'cloze.restartWorkers',
  openLog: 'cloze.openLog',
  showMenu: 'cloze.showMenu',
} as const;
export type CommandId = (typeof COMMANDS)[keyof typeof COMMANDS];

export const VIEW_CONTAINER = 'cloze';

export const VIEWS = {
  training: 'cloze.training',
  runs: 'cloze.runs',
  models: 'cloze.models',
} as const;

/** Types of webview panels, which VS Code restores by name. */
export const PANELS = { tokenizer: 'cloze.tokenizer' } as const;

export const WALKTHROUGH = 'start';

/** Context keys that when-clauses ask for, and their values. */
export interface ContextKeys {
  /** What the run under way does. */
  readonly 'cloze.run': 'idle' | 'preparing' | 'running' | 'paused';
  readonly 'cloze.hasRuns': boolean;
  readonly 'cloze.hasModels': boolean;
  /** Whether a model is chosen for completion. */
  readonly 'cloze.completes': boolean;
  /** Whether the platform has native files of ONNX Runtime. */
  readonly 'cloze.supported': boolean;
}

/** `contextValue`s of tree items, which menus ask for. */
export const TREE_ITEMS = {
  runActive: 'cloze.run.active',
  runPaused: 'cloze.run.paused',
  runResumable: 'cloze.run.resumable',
  runEnded: 'cloze.run.ended',
  runElsewhere: 'cloze.run.elsewhere',
  runBroken: 'cloze.run.broken',
  modelOfRun: 'cloze.model.run',
  modelFolder: 'cloze.model.folder',
} as const;

/** Settings under `cloze.`: what a value must be, and the default where it is not. */
export const SETTINGS = {
  'completion.enabled': z.boolean().default(true),
  'completion.model': z.string().default(''),
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
  'training.runsFolder': z.string().default(''),
  'training.provider': z.enum(['auto', 'cpu', 'webgpu', 'cuda', 'dml', 'coreml']).default('auto'),
  'training.threads': z.int().min(0).max(256).default(0),
  'training.priority': z.enum(['low', 'normal']).default('low'),
  'training.resumeAfterCrash': z.boolean().default(true),
  'worker.restarts': z.int().min(0).max(20).default(5),
} as const satisfies Record<string, z.ZodType>;

export type SettingName = keyof typeof SETTINGS;
export type SettingValue<Name extends SettingName> = z.output<(typeof SETTINGS)[Name]>;
