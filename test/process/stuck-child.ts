/** A child that its host's end can not reach: its event loop is stuck, and a watchdog is all that it has. Prints its process id. */
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

const watchdog = fileURLToPath(new URL('../../dist/threads/watchdog.js', import.meta.url));
new Worker(watchdog, { argv: [process.ppid, 50, 300] }).once('online', () => {
  process.send!(process.pid, () => {
    for (;;);
  });
});
