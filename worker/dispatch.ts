/** What the worker process serves: one method a service. */
import { CurrentRun } from './current-run.ts';
import type { WorkerMethods } from './protocol/methods.ts';
import type { Handlers } from './protocol/rpc.ts';
import { describeDevice } from './services/device.ts';
import { describeModel } from './services/info.ts';
import { resumeTraining, startTraining } from './services/train.ts';

export interface Services {
  readonly handlers: Omit<Handlers<WorkerMethods>, 'hello'>;
  /** Before the calls under way are cancelled at the end. */
  prepareToClose(): void;
}

export function openServices(): Services {
  const run = new CurrentRun();
  return {
    handlers: {
      ping: () => null,
      device: () => describeDevice(),
      info: (params) => describeModel(params),
      train: (params, call) => run.train(call, (hooks) => startTraining(params, hooks)),
      resume: (params, call) => run.train(call, (hooks) => resumeTraining(params, hooks)),
      control: ({ action }) => run.ask(action),
    },
    prepareToClose: () => run.close(),
  };
}
