import { RemoteError } from '../../worker/protocol/rpc.ts';

/** Something that can not be done as things are. */
export function refusal(message: string, hint?: string): RemoteError {
  return new RemoteError(message, { code: 'usage', hint });
}
