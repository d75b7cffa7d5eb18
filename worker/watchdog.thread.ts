/**
 * Ends the process some time after its parent, if it has not done so itself. A process whose event loop is stuck in
 * native code does not hear that the channel has closed; this thread has a loop of its own.
 */
import { workerData } from 'node:worker_threads';
import { z } from 'zod';

const OptionsSchema = z.object({
  /** The parent's process id. */
  parent: z.int(),
  /** How often to look, in ms. */
  every: z.number(),
  /** How long the process may go on without its parent, in ms. */
  patience: z.number(),
});

export type WatchdogOptions = z.output<typeof OptionsSchema>;

const { parent, every, patience } = OptionsSchema.parse(workerData);
let alone = 0;

setInterval(() => {
  alone = isAlive(parent) ? 0 : alone + every;
  if (alone >= patience) process.kill(process.pid, 'SIGKILL');
}, every);

/** Where there is a new parent for orphans, `ppid` changes; on Windows it stays, and the process is not found. */
function isAlive(pid: number): boolean {
  if (process.ppid !== pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
