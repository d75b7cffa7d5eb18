/** What the worker process serves: one method a service. */
import { ClozeError } from './base/errors.ts';
import { CurrentRun } from './current-run.ts';
import type { DoneEvent, GenerateRequest } from './protocol/generation.ts';
import type { WorkerMethods } from './protocol/methods.ts';
import type { Call, EventOf, Handlers } from './protocol/rpc.ts';
import { CompletionService } from './services/completion-service.ts';
import { describeDevice } from './services/device.ts';
import { exportModel } from './services/export.ts';
import { describeModel } from './services/info.ts';
import { planTraining } from './services/plan.ts';
import { explainMerges, tokenize } from './services/tokenizers.ts';
import { resumeTraining, startTraining } from './services/train.ts';

export interface Services {
  readonly handlers: Omit<Handlers<WorkerMethods>, 'hello'>;
  /** To be called before the calls under way are cancelled for the end of the process. */
  prepareToClose(): void;
  /** Frees what stays between calls. */
  close(): Promise<void>;
}

export function openServices(): Services {
  const run = new CurrentRun();
  const writer = new CompletionService();
  return {
    handlers: {
      ping: () => null,
      device: () => describeDevice(),
      info: (params) => describeModel(params),
      plan: (params, { signal, tell }) =>
        planTraining(params, { signal, onProgress: (progress) => tell({ progress }) }),
      train: (params, call) => run.train(call, (hooks) => startTraining(params, hooks)),
      resume: (params, call) => run.train(call, (hooks) => resumeTraining(params, hooks)),
      control: ({ action }) => run.ask(action),
      export: (params) => exportModel(params),
      open: (params) => writer.open(params),
      complete: (params, { signal }) => writer.complete(params, { signal }),
      generate: (params, call) => generate(writer, params, call),
      tokenize: (params) => tokenize(params),
      explainMerges: (params) => explainMerges(params),
    },
    prepareToClose: () => run.close(),
    close: () => writer.close(),
  };
}

/** Tells the text piece by piece; the end is the result. */
async function generate(
  writer: CompletionService,
  request: GenerateRequest,
  { signal, tell }: Call<EventOf<WorkerMethods['generate']>>,
): Promise<DoneEvent> {
  for await (const event of writer.generate(request, { signal })) {
    if (event.type === 'done') return event;
    tell(event);
  }
  throw new ClozeError('cancelled', 'cancelled');
}
