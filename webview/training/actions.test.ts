import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Actions } from './actions.ts';

describe('actions', () => {
  function open(call: () => Promise<never>) {
    const heard: string[] = [];
    const actions = new Actions(
      { call },
      {
        begun: () => heard.push('begun'),
        failed: ({ message }) => heard.push(message),
        saved: () => heard.push('saved'),
      },
    );
    return { actions, heard };
  }
  const settled = () => new Promise(setImmediate);

  it('end what was said of the last one, and tell that a run is saved', async () => {
    const { actions, heard } = open(() => Promise.resolve(null as never));
    actions.control('save');
    await settled();
    actions.control('pause');
    await settled();
    assert.deepEqual(heard, ['begun', 'saved', 'begun']);
  });

  it('tell of what can not be', async () => {
    const { actions, heard } = open(() => Promise.reject(new Error('disk full')));
    actions.control('save');
    await settled();
    actions.askOf('resume', '/runs/a');
    await settled();
    assert.deepEqual(heard, ['begun', 'disk full', 'begun', 'disk full']);
  });

  it('are not begun by the page itself', async () => {
    const { actions, heard } = open(() => Promise.resolve(null as never));
    await actions.series('/runs/a');
    assert.deepEqual(heard, []);
  });
});
