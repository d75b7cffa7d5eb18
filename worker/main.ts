/** The worker process: answers the process that has forked it until that one lets go of the channel. */
import { setTimeout } from 'node:timers/promises';
import manifest from '../package.json' with { type: 'json' };
import { ClozeError } from './base/errors.ts';
import { checked } from './base/checked.ts';
import { describeError, Dispatcher } from './dispatch.ts';
import { HostMessageSchema, PROTOCOL_VERSION, type WorkerMessage } from './protocol/messages.ts';

/** How long what is under way may take to end once nobody listens any more, in ms. */
const GRACE = 1000;

if (!process.connected) {
  process.stderr.write('worker: started without an IPC channel; it is made to be forked\n');
  process.exit(2);
}

const dispatcher = new Dispatcher(send);
let isGreeted = false;

process.on('message', (message) => {
  try {
    receive(message);
  } catch (error) {
    send({ type: 'error', ...idOf(message), error: describeError(error) });
  }
});

process.on('disconnect', () => {
  // cancelled requests release what they hold: a run its folder, a device its memory
  void Promise.race([dispatcher.close(), setTimeout(GRACE)]).then(() => process.exit(0));
});

function send(message: WorkerMessage): void {
  // a channel that closes meanwhile is the disconnection above, and no error
  if (process.connected) process.send!(message, undefined, undefined, () => undefined);
}

/** Throws `usage` on what is no message, or comes before a hello of this version. */
function receive(value: unknown): void {
  const message = checked(value, HostMessageSchema, 'message', 'usage');
  if (message.type !== 'hello' && !isGreeted) {
    throw new ClozeError('usage', `expected a hello first, got a ${message.type}`);
  }
  switch (message.type) {
    case 'hello':
      greet(message.protocol);
      break;
    case 'request':
      dispatcher.request(message);
      break;
    case 'control':
      dispatcher.control(message);
      break;
    case 'cancel':
      dispatcher.cancel(message.id);
      break;
  }
}

function greet(protocol: number): void {
  if (protocol !== PROTOCOL_VERSION) {
    throw new ClozeError('usage', `expected protocol ${PROTOCOL_VERSION}, got ${protocol}`, {
      hint: 'extension and worker are of different versions: reload the window',
    });
  }
  isGreeted = true;
  send({ type: 'hello', protocol: PROTOCOL_VERSION, version: manifest.version });
}

/** The id of a request that could not be read, so that its sender need not wait. */
function idOf(message: unknown): { id?: number } {
  const read = HostMessageSchema.options[1].pick({ type: true, id: true }).loose().safeParse(message);
  return read.success ? { id: read.data.id } : {};
}
