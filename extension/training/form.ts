/** What the user chooses before a run, and the request that it becomes. */
import { basename } from 'node:path';
import type { RunSummary, Setup, TrainingForm } from '../../webview/protocol/training.ts';
import { countParameters, isPresetName, PRESETS } from '../../worker/protocol/models.ts';
import type { PlanRequest } from '../../worker/protocol/plan.ts';
import type { SettingValues } from '../../worker/protocol/train.ts';
import { canLearn, presetsFor } from './objectives.ts';
import type { StoredRun } from './stored-run.ts';

/** What the settings add to a form. */
export interface FormSettings {
  /** What 'auto' in the form stands for. */
  readonly provider: string;
  /** 0: as many as there are cores. */
  readonly threads: number;
}

export function requestOf(form: TrainingForm, { provider, threads }: FormSettings): PlanRequest {
  return {
    data: form.data,
    objective: form.objective,
    model: form.model,
    ...(form.tokenizer === '' ? {} : { tokenizer: form.tokenizer }),
    provider: form.provider === 'auto' ? provider : form.provider,
    ...(threads === 0 ? {} : { threads }),
    settings: { model: shapeOf(form), training: form.training, ...adapterOf(form) },
  };
}

/** alpha is twice the rank, as is usual: then the rate that suits one rank suits others. */
function adapterOf({ model, adapterRank: rank = 0 }: TrainingForm): Pick<SettingValues, 'lora'> {
  return rank === 0 || isPresetName(model) ? {} : { lora: { rank, alpha: 2 * rank } };
}

/** A new model has a position for each token of a sequence and no other: it would never learn those. */
function shapeOf({ model, training: { context } }: TrainingForm): Record<string, unknown> {
  return isPresetName(model) && context !== undefined ? { context } : {};
}

/**
 * `FOLDER-YYYYMMDD-HHMM` of the first folder of the data, in local time; with a number if that is taken. Without the
 * dots that a folder's name may begin with: hidden folders are not read as runs.
 */
export function runName(form: TrainingForm, now: Date, isTaken: (name: string) => boolean): string {
  const source = form.data.find((path) => !path.startsWith('!')) ?? 'run';
  const folder =
    basename(source)
      .replace(/[^\p{L}\p{N}._-]+/gu, '-')
      .replace(/^\.+/, '') || 'run';
  const two = (n: number): string => String(n).padStart(2, '0');
  const day = `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}`;
  const name = `${folder}-${day}-${two(now.getHours())}${two(now.getMinutes())}`;
  let free = name;
  for (let i = 2; isTaken(free); i++) free = `${name}-${i}`;
  return free;
}

/** A model in a folder that the user has added. */
export interface ModelFolder {
  readonly path: string;
  readonly name: string;
  /** The family of architectures, such as 'gpt2' or 'bert'. */
  readonly layout: string;
  readonly parameters: number;
  readonly context: number;
}

/** Presets, runs and added models that can learn the form's objective. */
export function modelChoices(
  runs: readonly StoredRun[],
  form: TrainingForm,
  folders: readonly ModelFolder[] = [],
): Setup['models'] {
  const presets = presetsFor(form.objective).map((name) => {
    const config = { ...PRESETS[name], vocab: vocabularyOf(form.tokenizer) ?? PRESETS[name].vocab };
    const parameters = countParameters(config);
    return { value: name, label: name, pretrained: false, parameters, context: config.context };
  });
  const trained = runs.flatMap(({ path, name, record, parameters, checkpoints }) => {
    if (record === undefined || checkpoints.length === 0) return [];
    const { layout, context } = record.model.config;
    return canLearn(layout, form.objective)
      ? [{ value: path, label: name, pretrained: true, parameters, context }]
      : [];
  });
  const added = folders
    .filter(({ layout }) => canLearn(layout, form.objective))
    .map(({ path, name, parameters, context }) => {
      return { value: path, label: name, pretrained: true, parameters, context };
    });
  const all = [...presets, ...trained, ...added];
  if (all.some(({ value }) => value === form.model)) return all;
  const label = basename(form.model);
  return [...all, { value: form.model, label, pretrained: true, parameters: 0, context: 0 }];
}

/** Of the training settings (worker/training/settings.ts). */
const DEFAULT_STEPS = 2000;

/** A run of a form, as far as it is known before its first event. */
export function newRun(form: TrainingForm, path: string, runs: readonly StoredRun[]): RunSummary {
  const { objective, model, training, data } = form;
  return {
    path,
    name: basename(path),
    status: 'preparing',
    createdAt: new Date().toISOString(),
    objective,
    model,
    parameters: parametersOf(form, runs),
    step: 0,
    steps: typeof training.steps === 'number' ? training.steps : DEFAULT_STEPS,
    seconds: 0,
    hyperparameters: training,
    data,
    inUse: false,
  };
}

function parametersOf({ model, tokenizer }: TrainingForm, runs: readonly StoredRun[]): number {
  if (!isPresetName(model)) return runs.find(({ path }) => path === model)?.parameters ?? 0;
  return countParameters({ ...PRESETS[model], vocab: vocabularyOf(tokenizer) ?? PRESETS[model].vocab });
}

function vocabularyOf(tokenizer: string): number | undefined {
  const size = /^(?:bpe|wordpiece):(\d+)$/.exec(tokenizer)?.[1];
  return size === undefined ? undefined : Number(size);
}

const PROVIDER_LABELS: Readonly<Record<string, string>> = {
  cpu: 'CPU',
  webgpu: 'GPU (WebGPU)',
  cuda: 'NVIDIA GPU (CUDA)',
  dml: 'GPU (DirectML)',
  coreml: 'Apple (Core ML)',
};

/** Providers that ONNX Runtime has files for on a platform; 'auto' is what the setting says. */
export function providerChoices(platform: string, setting: string): Setup['providers'] {
  const more: Readonly<Record<string, readonly string[]>> = {
    linux: ['cuda'],
    win32: ['cuda', 'dml'],
    darwin: ['coreml'],
  };
  const offered = ['cpu', 'webgpu', ...(more[platform] ?? [])];
  const automatic = setting === 'auto' ? 'Automatic' : `As set: ${PROVIDER_LABELS[setting] ?? setting}`;
  return [
    { value: 'auto', label: automatic },
    ...offered.map((value) => ({ value, label: PROVIDER_LABELS[value] ?? value })),
  ];
}
