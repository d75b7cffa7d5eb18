import { RemoteError } from '../../worker/protocol/rpc.ts';

/** A call that has no answer, because its process is not there any more or could not be started. Code 'worker'. */
export class WorkerGone extends RemoteError {
  constructor(message: string, hint?: string) {
    super(message, { code: 'worker', hint });
    this.name = 'WorkerGone';
  }
}
