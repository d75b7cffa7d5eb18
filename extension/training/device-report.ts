import type { DeviceReport } from '../../worker/protocol/device.ts';
import { shortBytes } from './describe.ts';

/** What a machine has to compute with, as a text to read and to send. */
export function describeDevice({ auto, providers, threads, memory, platform }: DeviceReport): string {
  const width = Math.max(...providers.map(({ provider }) => provider.length));
  const lines = providers.map(({ provider, usable, reason, slow, halves }) => {
    const state = usable ? (slow === undefined ? 'usable' : 'usable, but slow') : 'not usable';
    const why = (reason ?? slow)?.trim().replace(/\s+/g, ' ');
    const mark = provider === auto ? '* ' : '  ';
    const half = halves === undefined ? '' : `, float16 ${halves.float16}, bfloat16 ${halves.bfloat16}`;
    return `${mark}${provider.padEnd(width)}  ${state}${half}${why === undefined ? '' : `: ${why}`}`;
  });
  return [
    `Platform  ${platform}`,
    `Threads   ${threads} in one operation`,
    `Memory    ${shortBytes(memory.availableBytes)} free of ${shortBytes(memory.totalBytes)}`,
    '',
    'Execution providers of ONNX Runtime, in the order in which "auto" tries them',
    auto === undefined ? '(none can be used)' : `(* is what "auto" takes)`,
    ...lines,
    '',
  ].join('\n');
}
