/**
 * A process that trains: `train-child.ts JSON`, with a TrainRequest or a ResumeRequest. Prints each event as a line
 * of JSON, and an error as { error, message, hint }. Takes 'pause', 'unpause', 'save', 'stop' and 'cancel', one a
 * line, on stdin.
 */
import { createInterface } from 'node:readline';
import { ClozeError } from '../../worker/base/errors.ts';
import type { ResumeRequest, TrainRequest } from '../../worker/protocol/train.ts';
import { resumeTraining, startTraining } from '../../worker/services/train.ts';
import { RunControl } from '../../worker/training/control.ts';

const request = JSON.parse(process.argv[2]!) as TrainRequest | ResumeRequest;
const cancel = new AbortController();
const control = new RunControl(cancel.signal);
const print = (value: unknown): unknown => process.stdout.write(`${JSON.stringify(value)}\n`);

const commands: Record<string, () => void> = {
  pause: () => control.pause(),
  unpause: () => control.unpause(),
  save: () => control.save(),
  stop: () => control.stop(),
  cancel: () => cancel.abort(),
};
const lines = createInterface({ input: process.stdin }).on('line', (line) => commands[line]!());

try {
  const hooks = { control, onEvent: print };
  await ('run' in request ? resumeTraining(request, hooks) : startTraining(request, hooks));
} catch (error) {
  if (!(error instanceof ClozeError)) throw error;
  print({ error: error.code, message: error.message, hint: error.hint });
  process.exitCode = 1;
} finally {
  lines.close();
  process.stdin.destroy();
}
