/** A connection over anything that posts and receives values: a page's postMessage, seen from either side. */
import {
  AbstractMessageReader,
  AbstractMessageWriter,
  type DataCallback,
  type Disposable,
  type Message,
  type MessageReader,
  type MessageWriter,
} from 'vscode-jsonrpc';

export interface Port {
  post(message: unknown): void;
  /** Calls back with every value that comes, until the result is disposed. */
  onMessage(receive: (message: unknown) => void): Disposable;
}

/** The two ends that `createMessageConnection` takes. A value that is no JSON-RPC message goes to `onMalformed`. */
export function portEnds(
  port: Port,
  onMalformed: (value: unknown) => void,
): { reader: MessageReader; writer: MessageWriter } {
  return { reader: new PortReader(port, onMalformed), writer: new PortWriter(port) };
}

class PortReader extends AbstractMessageReader {
  readonly #port: Port;
  readonly #onMalformed: (value: unknown) => void;
  #listening: Disposable | undefined;

  constructor(port: Port, onMalformed: (value: unknown) => void) {
    super();
    this.#port = port;
    this.#onMalformed = onMalformed;
  }

  override listen(callback: DataCallback): Disposable {
    this.#listening = this.#port.onMessage((value) => {
      if (!isMessage(value)) {
        this.#onMalformed(value);
        return;
      }
      try {
        callback(value);
      } catch {
        this.#onMalformed(value); // a cancellation of nothing; handlers run later, and report their own errors
      }
    });
    return this.#listening;
  }

  /** A connection drops what `listen` has returned, and disposes its reader. */
  override dispose(): void {
    super.dispose();
    this.#listening?.dispose();
  }
}

class PortWriter extends AbstractMessageWriter implements MessageWriter {
  readonly #port: Port;

  constructor(port: Port) {
    super();
    this.#port = port;
  }

  write(message: Message): Promise<void> {
    this.#port.post(message);
    return Promise.resolve();
  }

  end(): void {
    // nothing is buffered
  }
}

/** The parts that vscode-jsonrpc takes for granted: a request or notification has a method, an answer has an id. */
function isMessage(value: unknown): value is Message {
  if (typeof value !== 'object' || value === null || !('jsonrpc' in value)) return false;
  return 'method' in value ? typeof value.method === 'string' : 'id' in value;
}
