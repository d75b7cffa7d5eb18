/** Runs and models in a few words. */
import { OBJECTIVE_LABELS, writes } from '../../webview/protocol/objectives.ts';
import { isActive } from '../../webview/protocol/run-rules.ts';
import { scoreLabel } from '../../webview/protocol/scores.ts';
import type { RunSummary } from '../../webview/protocol/training.ts';
import type { EncoderHead } from '../../worker/protocol/objectives.ts';
import type { ListedModel } from './model-list.ts';

/** 1.1 M, 804 K. */
export function shortCount(count: number): string {
  for (const [size, unit] of [
    [1e9, 'B'],
    [1e6, 'M'],
    [1e3, 'K'],
  ] as const) {
    if (count >= size) return `${(count / size).toFixed(count >= 100 * size ? 0 : 1)} ${unit}`;
  }
  return String(count);
}

/** 512 MB, 1.5 GB, in powers of ten. */
export function shortBytes(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.round(bytes / 1e6)} MB`;
}

/** "5 min ago", of a time before `now`, both in ms. */
export function age(time: number, now: number): string {
  const minutes = Math.floor((now - time) / 60_000);
  if (minutes < 1) return 'now';
  if (minutes < 60) return `${minutes} min ago`;
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ago`;
  return `${Math.floor(minutes / (24 * 60))} d ago`;
}

/** 0 to 100. */
export function percentOf({ step, steps }: Pick<RunSummary, 'step' | 'steps'>): number {
  return steps === 0 ? 0 : Math.floor((100 * step) / steps);
}

/** The line beside a run's name: what matters now of one under way, what it came to of another. */
export function runDescription(run: RunSummary, now: number): string {
  const { status, step, steps, loss, valLoss, best, createdAt } = run;
  if (status === 'preparing') return status;
  if (isActive(status)) {
    const state = status === 'running' ? [] : [status];
    return [`${percentOf(run)} %`, ...state, ...figure('loss', loss), ...figure('val', valLoss)].join(' · ');
  }
  const end = status === 'completed' ? [] : [steps === 0 ? status : `${status} at ${step}/${steps}`];
  return [...bestFigure(best), ...end, age(Date.parse(createdAt), now)].join(' · ');
}

function bestFigure(best: RunSummary['best']): string[] {
  return best?.score === undefined
    ? figure('val', best?.valLoss)
    : figure(scoreLabel(best.score.name), best.score.value);
}

function figure(name: string, value: number | undefined): string[] {
  return value === undefined ? [] : [`${name} ${value.toFixed(2)}`];
}

/** All that a line says, in words, for those who hear it. */
export function runLabel(run: RunSummary): string {
  const { name, status, step, steps, valLoss, objective } = run;
  const what = writes(objective) ? '' : `, ${OBJECTIVE_LABELS[objective].toLowerCase()}`;
  const at = steps === 0 ? '' : `, step ${step} of ${steps}`;
  const loss = valLoss === undefined ? '' : `, validation loss ${valLoss.toFixed(2)}`;
  const use = run.inUse ? ', used for completion' : '';
  return `${name}${what}, ${status}${at}${loss}${use}`;
}

/** What an encoder is good for. */
const HEADS: Readonly<Record<EncoderHead, string>> = {
  none: 'reads text',
  mlm: 'fills masks',
  'mlm+nsp': 'fills masks',
  classify: 'classifies texts',
  tag: 'tags words',
  answer: 'answers questions',
};

function uses(head: EncoderHead | undefined): string[] {
  return head === undefined ? [] : [HEADS[head]];
}

/** The line beside a model's name. */
export function modelDescription({
  head,
  base,
  parameters,
  context,
  valLoss,
  inUse,
  problem,
}: ListedModel): string {
  if (problem !== undefined) return problem;
  const use = inUse ? ['in use'] : [];
  return [
    ...use,
    ...(base === undefined ? [] : ['adapter']),
    ...uses(head),
    ...figure('val', valLoss),
    shortCount(parameters),
    `context ${context}`,
  ].join(' · ');
}

/** All that is known of a model, in words. */
export function modelLabel({
  name,
  base,
  head,
  parameters,
  context,
  valLoss,
  fillsIn,
  inUse,
  problem,
}: ListedModel): string {
  if (problem !== undefined) return `${name}, can not be used: ${problem}`;
  return [
    name,
    ...(base === undefined ? [] : [`an adapter of ${base}`]),
    `${parameters.toLocaleString('en')} parameters`,
    `context of ${context} tokens`,
    ...(valLoss === undefined ? [] : [`validation loss ${valLoss.toFixed(2)}`]),
    ...uses(head),
    ...(fillsIn === true ? ['fills in the middle'] : []),
    ...(inUse ? ['used for completion'] : []),
  ].join(', ');
}
