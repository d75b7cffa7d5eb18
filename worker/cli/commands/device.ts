import type { Command } from 'commander';
import { describeDevice } from '../../services/device.ts';
import { formatBytes, formatTable } from '../format.ts';
import type { Output } from '../output.ts';

export function addDevice(program: Command, output: Output): void {
  program
    .command('device')
    .summary('say what there is to compute with')
    .description(
      'Tries every execution provider with a small program and says which one --provider auto takes, and why not the others.',
    )
    .action(async () => {
      const report = await describeDevice();
      output.result(report, () => {
        const { auto, providers, threads, memory, platform } = report;
        const rows = providers.map(({ provider, usable, halves, reason = '', slow = '' }) => [
          provider,
          usable ? 'usable' : 'no',
          halves?.float16 ?? '',
          halves?.bfloat16 ?? '',
          provider === auto ? 'taken by auto' : usable ? slow : reason,
        ]);
        return [
          formatTable([['provider', 'state', 'float16', 'bfloat16', ''], ...rows]),
          '',
          formatTable([
            ['platform', platform],
            ['threads', String(threads)],
            ['memory', `${formatBytes(memory.availableBytes)} free of ${formatBytes(memory.totalBytes)}`],
          ]),
        ].join('\n');
      });
    });
}
