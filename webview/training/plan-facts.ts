/** A plan in words. */
import { formatBytes, formatCount, formatDuration, formatFiles, formatShort } from '../common/format.ts';
import { precisionText } from '../../worker/protocol/precision.ts';
import type { TrainingPlan } from '../protocol/training.ts';

export interface Fact {
  readonly name: string;
  readonly value: string;
  readonly more?: string | undefined;
}

export interface MemoryFit {
  /** Of what is free; may be more than 1. */
  readonly share: number;
  readonly level: 'fits' | 'tight' | 'too much';
  readonly text: string;
}

/** From here on it is said that little would be left. */
const TIGHT = 0.8;

export function planFacts(plan: TrainingPlan): Fact[] {
  const { parameters, files, bytes, tokens, tokensEstimated, stepMs, minutes, provider, threads } = plan;
  const half = plan.precision.type === 'float32' ? '' : `, ${precisionText(plan.precision)}`;
  const about = tokensEstimated ? 'about ' : '';
  return [
    { name: 'Model', value: `${formatShort(parameters)} parameters` },
    { name: 'Data', value: formatFiles(files), more: formatBytes(bytes) },
    { name: 'Tokens', value: `${about}${formatShort(tokens)}`, more: 'to train on' },
    { name: 'Time', value: `about ${formatDuration(minutes * 60)}`, more: `${formatStep(stepMs)} a step` },
    {
      name: 'Device',
      value: provider,
      more: `${formatCount(threads)} ${threads === 1 ? 'thread' : 'threads'}${half}`,
    },
  ];
}

export function memoryFit({ memoryBytes, availableBytes }: TrainingPlan): MemoryFit {
  const share = availableBytes > 0 ? memoryBytes / availableBytes : Infinity;
  const text = `${formatBytes(memoryBytes)} of ${formatBytes(availableBytes)} free`;
  if (share > 1) return { share, level: 'too much', text: `${text}: too much` };
  return share > TIGHT ? { share, level: 'tight', text: `${text}: tight` } : { share, level: 'fits', text };
}

/** The most frequent reason first. */
export function leftOutRows(leftOut: TrainingPlan['leftOut']): [reason: string, count: number][] {
  return Object.entries(leftOut).sort(([, a], [, b]) => b - a);
}

function formatStep(ms: number): string {
  return ms < 1000 ? `${formatCount(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
