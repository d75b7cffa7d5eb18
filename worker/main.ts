/** The worker process: serves the process that has forked it until that one lets go of the channel. */
import { setPriority } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { inspect } from 'node:util';
import { Worker } from 'node:worker_threads';
import { createMessageConnection } from 'vscode-jsonrpc/node';
import manifest from '../package.json' with { type: 'json' };
import { ClozeError, messageOf } from './base/errors.ts';
import { openServices } from './dispatch.ts';
import { ipcPort } from './protocol/ipc.ts';
import { PROTOCOL_VERSION, WORKER_METHODS, type WorkerMethods } from './protocol/methods.ts';
import { portEnds } from './protocol/port.ts';
import { type ParamsOf, type ResultOf, serve } from './protocol/rpc.ts';

/**
 * How long a run may take to save itself once nobody listens any more, in ms. That is a step and a checkpoint: of GPT-2
 * (124M) 1.5 GB, for which a busy disk with 64 MB/s took 25 s.
 */
const GRACE = 60_000;

/** How often to look for the parent, and how long a process whose event loop is stuck may outlive it, in ms. */
const LOOK = 5000;
const STUCK = 2 * GRACE;

if (!process.connected) {
  process.stderr.write('worker: started without an IPC channel; it is made to be forked\n');
  process.exit(2);
}

const services = openServices();
const { reader, writer } = portEnds(ipcPort(process), (value) =>
  log(`refused a message that is no call: ${inspect(value).slice(0, 200)}`),
);
const connection = createMessageConnection(reader, writer, { error: log, warn: log, info: log, log });
let isGreeted = false;
const service = serve(connection, WORKER_METHODS, { hello: greet, ...services.handlers }, (name) => {
  if (!isGreeted && name !== 'hello') {
    throw new ClozeError('usage', `expected a hello first, got a call of ${name}`);
  }
});
connection.listen();

process.once('disconnect', () => void close());
for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.once(signal, () => void close());
process.on('SIGINT', () => undefined); // Ctrl-C in a terminal reaches the whole group: the host decides what it means
watchParent();

function greet({ protocol, priority }: ParamsOf<WorkerMethods['hello']>): ResultOf<WorkerMethods['hello']> {
  if (protocol !== PROTOCOL_VERSION) {
    throw new ClozeError('usage', `expected protocol ${PROTOCOL_VERSION}, got ${protocol}`, {
      hint: 'extension and worker are of different versions: reload the window',
    });
  }
  if (priority !== undefined) giveWay(priority);
  isGreeted = true;
  return { protocol: PROTOCOL_VERSION, version: manifest.version, pid: process.pid };
}

/** Threads that start later have it from this one: ONNX Runtime's too, as no session is open yet. */
function giveWay(priority: number): void {
  try {
    setPriority(priority);
  } catch (error) {
    log(`the priority stays as it is: ${messageOf(error)}`);
  }
}

/** Lets a run save itself, cancels everything else, and ends the process. */
async function close(): Promise<void> {
  services.prepareToClose();
  const closed = service.close().then(() => services.close());
  await Promise.race([closed, setTimeout(GRACE)]);
  process.exit(0);
}

function watchParent(): void {
  const argv = [process.ppid, LOOK, STUCK];
  new Worker(new URL('./threads/watchdog.js', import.meta.url), { argv }).unref();
}

/** What goes to stderr comes to the host's log. */
function log(message: string): void {
  process.stderr.write(`${message}\n`);
}
