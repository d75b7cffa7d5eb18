/**
 * Every id that package.json contributes, once and with its type; settings.ts has those of the settings, with their
 * schemas. extension/contributions.test.ts holds the manifest against both.
 */
export const EXTENSION_NAME = 'cloze';

export const COMMANDS = {
  trainWorkspace: 'cloze.trainWorkspace',
  trainFolder: 'cloze.trainFolder',
  fineTune: 'cloze.fineTune',
  pauseTraining: 'cloze.pauseTraining',
  resumeTraining: 'cloze.resumeTraining',
  stopTraining: 'cloze.stopTraining',
  showRun: 'cloze.showRun',
  openRunFolder: 'cloze.openRunFolder',
  deleteRun: 'cloze.deleteRun',
  exportModel: 'cloze.exportModel',
  showAdapter: 'cloze.showAdapter',
  compareAdapter: 'cloze.compareAdapter',
  switchAdapter: 'cloze.switchAdapter',
  mergeAdapter: 'cloze.mergeAdapter',
  combineAdapters: 'cloze.combineAdapters',
  importModel: 'cloze.importModel',
  setHubToken: 'cloze.setHubToken',
  addModel: 'cloze.addModel',
  removeModel: 'cloze.removeModel',
  selectCompletionModel: 'cloze.selectCompletionModel',
  useForCompletion: 'cloze.useForCompletion',
  toggleCompletion: 'cloze.toggleCompletion',
  whyNoCompletion: 'cloze.whyNoCompletion',
  showStatistics: 'cloze.showStatistics',
  generateAtCursor: 'cloze.generateAtCursor',
  tokenizeSelection: 'cloze.tokenizeSelection',
  showAttention: 'cloze.showAttention',
  fillMaskedWord: 'cloze.fillMaskedWord',
  classifySelection: 'cloze.classifySelection',
  tagEntities: 'cloze.tagEntities',
  clearEntities: 'cloze.clearEntities',
  answerFromDocument: 'cloze.answerFromDocument',
  showMasking: 'cloze.showMasking',
  showPolysemy: 'cloze.showPolysemy',
  refreshRuns: 'cloze.refreshRuns',
  showDevice: 'cloze.showDevice',
  restartWorkers: 'cloze.restartWorkers',
  openLog: 'cloze.openLog',
  showMenu: 'cloze.showMenu',
} as const;
export type CommandName = keyof typeof COMMANDS;
export type CommandId = (typeof COMMANDS)[keyof typeof COMMANDS];

export const VIEW_CONTAINER = 'cloze';

export const VIEWS = {
  training: 'cloze.training',
  runs: 'cloze.runs',
  models: 'cloze.models',
} as const;

/** Types of webview panels, which VS Code restores by name. */
export const PANELS = {
  tokenizer: 'cloze.tokenizer',
  attention: 'cloze.attention',
  masking: 'cloze.masking',
  adapter: 'cloze.adapter',
} as const;

export const WALKTHROUGH = 'start';

/** Context keys that when-clauses ask for, and their values. One that is not set counts as false. */
export const CONTEXT_KEYS = {
  /** What the run under way does. */
  'cloze.run': ['idle', 'preparing', 'running', 'paused'],
  'cloze.hasRuns': [true, false],
  'cloze.hasModels': [true, false],
  /** Whether there is a model that reads both ways: a BERT or RoBERTa. */
  'cloze.hasEncoders': [true, false],
  /** Whether there is an adapter. */
  'cloze.hasAdapters': [true, false],
  /** Whether entities are marked in a document. */
  'cloze.hasEntities': [true, false],
  /** Whether a model is chosen for completion. */
  'cloze.completes': [true, false],
  /** Whether the platform lacks native files of ONNX Runtime. */
  'cloze.unsupported': [true],
} as const;
export type ContextKeys = { readonly [Key in keyof typeof CONTEXT_KEYS]: (typeof CONTEXT_KEYS)[Key][number] };

/** `contextValue`s of tree items, which menus ask for. */
export const TREE_ITEMS = {
  runActive: 'cloze.run.active',
  runPaused: 'cloze.run.paused',
  runResumable: 'cloze.run.resumable',
  runEnded: 'cloze.run.ended',
  encoderRunResumable: 'cloze.encoderRun.resumable',
  encoderRunEnded: 'cloze.encoderRun.ended',
  runElsewhere: 'cloze.run.elsewhere',
  runBroken: 'cloze.run.broken',
  modelOfRun: 'cloze.model.run',
  modelFolder: 'cloze.model.folder',
  encoderOfRun: 'cloze.encoder.run',
  encoderFolder: 'cloze.encoder.folder',
  adapterOfRun: 'cloze.adapter.run',
  adapterFolder: 'cloze.adapter.folder',
  encoderAdapterOfRun: 'cloze.encoderAdapter.run',
  encoderAdapterFolder: 'cloze.encoderAdapter.folder',
} as const;
