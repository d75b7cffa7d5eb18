/**
 * Ends the process some time after its parent, if it has not done so itself: `watchdog PARENT EVERY PATIENCE`, the
 * parent's process id and two times in ms. A process whose event loop is stuck in native code does not hear that its
 * channel has closed; this thread has a loop of its own.
 */
const [parent = NaN, every = NaN, patience = NaN] = process.argv.slice(2).map(Number);
let alone = 0;

setInterval(() => {
  alone = isAlive(parent) ? 0 : alone + every;
  if (alone >= patience) process.kill(process.pid, 'SIGKILL');
}, every);

/** Orphans get a new parent, so that `ppid` changes; on Windows it stays, and the process is not found. */
function isAlive(pid: number): boolean {
  if (process.ppid !== pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
