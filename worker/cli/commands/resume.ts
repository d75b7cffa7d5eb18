import type { Command } from 'commander';
import { resumeTraining } from '../../services/train.ts';
import { providerOption } from '../options.ts';
import type { Output } from '../output.ts';
import { showRun } from '../run-view.ts';

export function addResume(program: Command, output: Output): void {
  program
    .command('resume')
    .summary('go on with a run')
    .description(
      'Goes on with a run from its last checkpoint, with the settings that it was started with. Output and Ctrl-C are as in `cloze train`.',
    )
    .argument('<run>', 'the folder that `cloze train --out` made')
    .addOption(providerOption())
    .action(async (run: string, { provider }: { provider?: string }) => {
      await showRun(output, (hooks) => resumeTraining({ run, provider }, hooks));
    });
}
