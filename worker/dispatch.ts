/** The requests of a host: one method a service, and what is under way. */
import { ClozeError, messageOf } from './base/errors.ts';
import { checked } from './base/checked.ts';
import {
  type HostMessage,
  type Method,
  type Methods,
  ParamsSchemas,
  type WorkerMessage,
} from './protocol/messages.ts';
import { completeAt } from './services/complete.ts';
import { describeDevice } from './services/device.ts';
import { generateText } from './services/generate.ts';
import { describeModel } from './services/info.ts';
import { tokenize } from './services/tokenizers.ts';
import { resumeTraining, startTraining, type TrainHooks } from './services/train.ts';
import { RunControl } from './training/control.ts';

/** One request, from its service's side. */
interface Call<Event> {
  readonly signal: AbortSignal;
  readonly control: RunControl;
  readonly tell: (event: Event) => void;
}

type Handlers = {
  readonly [M in Method]: (
    params: Methods[M]['params'],
    call: Call<Methods[M]['event']>,
  ) => Promise<Methods[M]['result']> | Methods[M]['result'];
};

const HANDLERS: Handlers = {
  device: () => describeDevice(),
  info: (params) => describeModel(params),
  tokenize: (params) => tokenize(params),
  async generate(params, { signal, tell }) {
    const events = generateText(params, { signal, onNote: (note) => tell({ note }) });
    for await (const event of events) {
      tell(event);
      if (event.type === 'done') return event;
    }
    throw new ClozeError('cancelled', 'cancelled');
  },
  complete: (params, { signal, tell }) => completeAt(params, { signal, onNote: (note) => tell({ note }) }),
  train: (params, call) => startTraining(params, runHooks(call)),
  resume: (params, call) => resumeTraining(params, runHooks(call)),
};

function runHooks({ control, tell }: Call<Methods['train']['event']>): TrainHooks {
  return {
    control,
    onEvent: tell,
    onProgress: (progress) => tell({ progress }),
    onNote: (note) => tell({ note }),
  };
}

interface Pending {
  readonly canceller: AbortController;
  readonly control: RunControl;
  readonly ended: Promise<void>;
}

/** Runs a host's requests, several at once, and sends their events and ends. */
export class Dispatcher {
  readonly #send: (message: WorkerMessage) => void;
  readonly #pending = new Map<number, Pending>();

  constructor(send: (message: WorkerMessage) => void) {
    this.#send = send;
  }

  /** Starts a request; what goes wrong is sent. Throws `usage` if its id is still in use. */
  request({ id, method, params }: Extract<HostMessage, { type: 'request' }>): void {
    if (this.#pending.has(id)) throw new ClozeError('usage', `request ${id} is still under way`);
    const canceller = new AbortController();
    const { signal } = canceller;
    const control = new RunControl(signal);
    const tell = (event: unknown): void => this.#send({ type: 'event', id, event });
    const ended = answer(method, params, { signal, control, tell }).then(
      (result) => this.#end(id, { type: 'result', id, result }),
      (error: unknown) => this.#end(id, { type: 'error', id, error: describeError(error) }),
    );
    this.#pending.set(id, { canceller, control, ended });
  }

  /** Passes a wish on to a run; one that has ended meanwhile needs it no more. */
  control({ id, control }: Extract<HostMessage, { type: 'control' }>): void {
    this.#pending.get(id)?.control[control]();
  }

  cancel(id: number): void {
    this.#pending.get(id)?.canceller.abort();
  }

  /** Cancels everything and waits for the ends. */
  async close(): Promise<void> {
    const pending = [...this.#pending.values()];
    for (const { canceller } of pending) canceller.abort();
    await Promise.all(pending.map(({ ended }) => ended));
  }

  #end(id: number, message: WorkerMessage): void {
    this.#pending.delete(id);
    this.#send(message);
  }
}

/** Throws `usage` for a method that there is not or params that are not its own, and what the service throws. */
async function answer(method: string, params: unknown, call: Call<unknown>): Promise<unknown> {
  if (!isMethod(method)) {
    throw new ClozeError('usage', `unknown method ${method}`, {
      hint: `there are ${Object.keys(HANDLERS).join(', ')}`,
    });
  }
  return invoke(method, params, call);
}

async function invoke<M extends Method>(
  method: M,
  params: unknown,
  call: Call<Methods[M]['event']>,
): Promise<Methods[M]['result']> {
  return HANDLERS[method](checked(params, ParamsSchemas[method], `params of ${method}`, 'usage'), call);
}

function isMethod(name: string): name is Method {
  return Object.hasOwn(HANDLERS, name);
}

/** An error as it travels: of a stranger only the message. */
export function describeError(error: unknown): { code: string; message: string; hint?: string } {
  if (!(error instanceof ClozeError)) return { code: 'internal', message: messageOf(error) };
  const { code, message, hint } = error;
  return { code, message, ...(hint === undefined ? {} : { hint }) };
}
