import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { MessageChannel } from 'node:worker_threads';
import { createMessageConnection } from 'vscode-jsonrpc/node';
import * as z from 'zod';
import { ClozeError } from '../base/errors.ts';
import { type Port, portEnds } from './port.ts';
import { Client, type Handlers, hasCode, type Methods, serve, type Service } from './rpc.ts';

const METHODS = {
  add: { params: z.object({ a: z.number(), b: z.number() }), result: z.number() },
  count: { params: z.object({ to: z.int() }), result: z.string(), event: z.int() },
  wait: { params: z.object({}), result: z.string() },
  fail: { params: z.object({ how: z.enum(['known', 'unknown', 'lie']) }), result: z.number() },
} satisfies Methods;

const NEWER = { ...METHODS, nonsense: { params: z.unknown(), result: z.unknown() } };

const HANDLERS: Handlers<typeof METHODS> = {
  add: ({ a, b }) => a + b,
  count({ to }, { tell }) {
    for (let i = 1; i <= to; i++) tell(i);
    return `counted to ${to}`;
  },
  wait: (_, { signal }) =>
    new Promise((_, reject) => {
      if (signal.aborted) reject(new ClozeError('cancelled', 'cancelled'));
      signal.addEventListener('abort', () => reject(new ClozeError('cancelled', 'cancelled')));
    }),
  fail({ how }) {
    if (how === 'known') throw new ClozeError('data', 'no data', { hint: 'bring some' });
    if (how === 'unknown') throw new TypeError('oh');
    return 'no number' as unknown as number;
  },
};

interface Pair {
  readonly client: Client<typeof METHODS>;
  /** Of a caller that believes in one method more. */
  readonly newer: Client<typeof NEWER>;
  readonly service: Service;
  readonly malformed: readonly unknown[];
  readonly post: (value: unknown) => void;
}

/** A client and its server over a channel that clones as postMessage does. */
function pair(t: TestContext, admit?: (name: string) => void): Pair {
  const { port1, port2 } = new MessageChannel();
  const malformed: unknown[] = [];
  const [near, far] = [port1, port2].map((port) => {
    const end: Port = {
      post: (message) => port.postMessage(message),
      onMessage: (receive) => {
        port.on('message', receive);
        return { dispose: () => port.off('message', receive) };
      },
    };
    const { reader, writer } = portEnds(end, (value) => malformed.push(value));
    return createMessageConnection(reader, writer);
  });
  const service = serve(far!, METHODS, HANDLERS, admit);
  near!.listen();
  far!.listen();
  t.after(() => port1.close());
  return {
    client: new Client(near!, METHODS),
    newer: new Client(near!, NEWER),
    service,
    malformed,
    post: (value) => port1.postMessage(value),
  };
}

describe('rpc', () => {
  it('gives results, and events in order before them', async (t) => {
    const { client } = pair(t);
    assert.equal(await client.call('add', { a: 2, b: 3 }), 5);
    const events: number[] = [];
    assert.equal(await client.call('count', { to: 3 }, { onEvent: (n) => events.push(n) }), 'counted to 3');
    assert.deepEqual(events, [1, 2, 3]);
  });

  it('keeps the events of calls at the same time apart', async (t) => {
    const { client } = pair(t);
    const seen = await Promise.all(
      [2, 4].map(async (to) => {
        const events: number[] = [];
        await client.call('count', { to }, { onEvent: (n) => events.push(n) });
        return events;
      }),
    );
    assert.deepEqual(seen, [
      [1, 2],
      [1, 2, 3, 4],
    ]);
  });

  it('carries an error with its code and hint, and one that nobody foresaw', async (t) => {
    const { client } = pair(t);
    await assert.rejects(client.call('fail', { how: 'known' }), {
      name: 'RemoteError',
      code: 'data',
      message: 'no data',
      hint: 'bring some',
    });
    await assert.rejects(client.call('fail', { how: 'unknown' }), { code: 'internal', message: 'oh' });
  });

  it('refuses params and results that are not of the contract, unknown methods and values that are no message', async (t) => {
    const { client, newer, malformed, post } = pair(t);
    await assert.rejects(client.call('add', { a: 'two' as unknown as number, b: 3 }), {
      code: 'usage',
      message: /params of add: a:/,
    });
    await assert.rejects(client.call('fail', { how: 'lie' }), { code: 'usage', message: /result of fail/ });
    await assert.rejects(newer.call('nonsense', {}), {
      code: 'usage',
      message: 'unknown method nonsense',
      hint: /add/,
    });
    const cancel = { jsonrpc: '2.0', method: '$/cancelRequest' };
    const strange = [
      { jsonrpc: '2.0' },
      { jsonrpc: '2.0', method: 7 },
      cancel,
      { ...cancel, params: { id: null } },
    ];
    for (const value of ['words', null, ...strange]) post(value);
    assert.equal(await client.call('add', { a: 1, b: 1 }), 2);
    assert.equal(malformed.length, 6);
  });

  it('cancels by signal, and everything at the close', async (t) => {
    const { client, service } = pair(t);
    const canceller = new AbortController();
    const waiting = client.call('wait', {}, { signal: canceller.signal });
    canceller.abort();
    await assert.rejects(waiting, (error) => hasCode(error, 'cancelled'));
    const other = assert.rejects(client.call('wait', {}), (error) => hasCode(error, 'cancelled'));
    await client.call('add', { a: 1, b: 1 });
    await service.close();
    await other;
  });

  it('asks whether a call is admitted', async (t) => {
    const { client } = pair(t, (name) => {
      if (name !== 'add') throw new ClozeError('usage', 'expected add first');
    });
    await assert.rejects(client.call('count', { to: 1 }), { code: 'usage', message: 'expected add first' });
    assert.equal(await client.call('add', { a: 1, b: 1 }), 2);
  });
});
