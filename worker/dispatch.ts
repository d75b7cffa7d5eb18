/** What the worker process serves: one method a service. */
import { ClozeError } from './base/errors.ts';
import { CurrentRun } from './current-run.ts';
import type { DoneEvent, GenerateRequest } from './protocol/generation.ts';
import type { WorkerMethods } from './protocol/methods.ts';
import type { Call, EventOf, Handlers } from './protocol/rpc.ts';
import { describeAdapter } from './services/adapter-report.ts';
import { combine } from './services/combine.ts';
import { CompletionService } from './services/completion-service.ts';
import { describeDevice } from './services/device.ts';
import { EncoderService } from './services/encoder-service.ts';
import { ENCODER_TASKS } from './services/encoder-tasks.ts';
import { exportFormats, exportModel } from './services/export.ts';
import { importModel } from './services/import.ts';
import { describeModel } from './services/info.ts';
import { InspectService } from './services/inspect.ts';
import { maskText } from './services/masking.ts';
import { planTraining } from './services/plan.ts';
import { explainMerges, explainPieces, tokenize } from './services/tokenizers.ts';
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
  const inspector = new InspectService();
  const reader = new EncoderService();
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
      export: (params, { signal }) => exportModel(params, signal),
      exportFormats: (params) => exportFormats(params),
      import: (params, { signal, tell }) =>
        importModel(params, {
          signal,
          onProgress: (progress) => tell({ progress }),
          onNote: (note) => tell({ note }),
        }),
      open: (params) => writer.open(params),
      complete: (params, { signal }) => writer.complete(params, { signal }),
      generate: (params, call) => generate(writer, params, call),
      likelihood: (params, { signal }) => writer.likelihood(params, { signal }),
      adapter: (params, { signal }) => describeAdapter(params, signal),
      combine: (params, { signal }) => combine(params, signal),
      tokenize: (params) => tokenize(params),
      explainMerges: (params) => explainMerges(params),
      explainPieces: (params) => explainPieces(params),
      attention: (params, { signal }) => inspector.attention(params, signal),
      predictMask: (params, { signal }) => inspector.predictMask(params, signal),
      closeInspected: async () => {
        await inspector.close();
        return null;
      },
      openEncoder: (params) => reader.open(params),
      fillMask: (params, call) => reader.ask(ENCODER_TASKS.fillMask, params, call),
      classify: (params, call) => reader.ask(ENCODER_TASKS.classify, params, call),
      tag: (params, call) => reader.ask(ENCODER_TASKS.tag, params, call),
      answer: (params, call) => reader.ask(ENCODER_TASKS.answer, params, call),
      embed: (params, call) => reader.ask(ENCODER_TASKS.embed, params, call),
      similar: (params, call) => reader.ask(ENCODER_TASKS.similar, params, call),
      masking: (params, call) => reader.ask(maskText, params, call),
      polysemy: (params, call) => reader.ask(ENCODER_TASKS.polysemy, params, call),
    },
    prepareToClose: () => run.close(),
    close: async () => {
      await Promise.all([writer.close(), inspector.close(), reader.close()]);
    },
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
