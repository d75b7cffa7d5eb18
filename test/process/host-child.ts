/**
 * A host to be killed: `host-child.ts train JSON` trains what the JSON asks for in a worker, `host-child.ts idle` has
 * one that waits. Prints the worker's process id, and `step` once the run has made one.
 */
import { fileURLToPath } from 'node:url';
import { WorkerSupervisor } from '../../extension/worker/supervisor.ts';
import { TrainRequestSchema } from '../../worker/protocol/train.ts';

const [what, json = ''] = process.argv.slice(2);
const print = (line: string): unknown => process.stdout.write(`${line}\n`);

const supervisor = new WorkerSupervisor({
  worker: () => ({
    script: fileURLToPath(new URL('../../dist/worker.js', import.meta.url)),
    role: 'trainer',
    priority: 0,
    handshake: 30_000,
    onLine: () => undefined,
  }),
  restarts: () => 0,
  onState: () => undefined,
  onCrash: () => undefined,
});

await supervisor.call('ping', {});
print(String(supervisor.pid));
if (what === 'train') {
  await supervisor.call('train', TrainRequestSchema.parse(JSON.parse(json)), {
    onEvent(event) {
      if ('event' in event && event.event === 'step') print('step');
    },
  });
} else {
  setInterval(() => undefined, 1000);
}
