/** A port over Node's IPC channel, from the side of the child or of its parent. */
import type { Port } from './port.ts';

/** What `process` in a child and `ChildProcess` in its parent have alike. */
export interface Channel {
  readonly connected: boolean;
  send?(message: unknown, handle: undefined, options: undefined, done: () => void): boolean;
  on(event: 'message', listener: (message: unknown) => void): unknown;
  off(event: 'message', listener: (message: unknown) => void): unknown;
}

/** What is posted to a channel that has closed is dropped: its end is told by the process. */
export function ipcPort(channel: Channel): Port {
  return {
    post(message) {
      if (channel.connected) channel.send?.(message, undefined, undefined, () => undefined);
    },
    onMessage(receive) {
      channel.on('message', receive);
      return { dispose: () => void channel.off('message', receive) };
    },
  };
}
