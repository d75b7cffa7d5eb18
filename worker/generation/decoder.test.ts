import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sequenceModel } from '../models/sequence.ts';
import type { GptConfig } from '../models/config.ts';
import type { Device } from '../runtime/device.ts';
import { openDevice } from '../runtime/open-device.ts';
import type { DeviceState } from '../runtime/state.ts';
import { Decoder } from './decoder.ts';
import { nextRunLength } from './run-lengths.ts';
import { randomParameters, smallConfig } from './test-support.ts';

describe('Decoder', () => {
  let device: Device;
  const config = smallConfig({ vocab: 61 });
  let parameters: DeviceState;
  const tokens = Array.from({ length: 48 }, (_, i) => (i * i * 5 + 1) % 61);

  before(async () => {
    ({ device } = await openDevice('cpu', { threads: 1 }));
    parameters = await randomParameters(device, config);
  });
  after(() => device.close());

  const whole = (ids: readonly number[]): Promise<Float32Array> =>
    lastLogits(device, parameters, config, ids);

  it('gives the logits of the whole sequence, however the prompt comes', async () => {
    for (const frozen of [true, false]) {
      const decoder = await Decoder.create(device, config, parameters, { frozen });
      assertClose((await decoder.prefill(tokens.slice(0, 5))).logits, await whole(tokens.slice(0, 5)));
      assertClose(await decoder.append(tokens.slice(5, 6)), await whole(tokens.slice(0, 6)));
      assertClose(await decoder.append(tokens.slice(6, 40)), await whole(tokens.slice(0, 40)));
      assertClose(await decoder.append(tokens.slice(40)), await whole(tokens));
      assert.deepEqual(decoder.tokens, tokens);
      assert.equal(decoder.room, 0);
      await decoder.dispose();
    }
  });

  it('runs only what follows the common prefix', async () => {
    const decoder = await Decoder.create(device, config, parameters);
    assert.equal((await decoder.prefill(tokens.slice(0, 20))).reused, 0);
    const other = [...tokens.slice(0, 13), 60, 59, 58];
    const second = await decoder.prefill(other);
    assert.equal(second.reused, 13);
    assertClose(second.logits, await whole(other));
    const again = await decoder.prefill(other);
    assert.equal(again.reused, 15, 'the last token is run again, for its logits');
    assertClose(again.logits, await whole(other));
    const shorter = await decoder.prefill(other.slice(0, 4));
    assert.equal(shorter.reused, 3);
    assertClose(shorter.logits, await whole(other.slice(0, 4)));
  });

  it('forgets what is cropped', async () => {
    const decoder = await Decoder.create(device, config, parameters);
    await decoder.prefill(tokens.slice(0, 30));
    decoder.crop(7);
    assert.deepEqual(decoder.tokens, tokens.slice(0, 7));
    assertClose(await decoder.append([50, 40]), await whole([...tokens.slice(0, 7), 50, 40]));
  });

  it('scores each of a few tokens', async () => {
    const decoder = await Decoder.create(device, config, parameters);
    await decoder.prefill(tokens.slice(0, 10));
    const scores = await decoder.score(tokens.slice(10, 13));
    assert.equal(scores.length, 3);
    for (const [i, logits] of scores.entries()) assertClose(logits, await whole(tokens.slice(0, 11 + i)));
    assert.deepEqual(decoder.tokens, tokens.slice(0, 13));
    await decoder.prefill(tokens.slice(0, 45));
    assert.equal(decoder.scorable, 1, 'the cache is full soon');
  });

  it('sees changed weights where they are not frozen', async () => {
    const own = await randomParameters(device, config);
    const decoder = await Decoder.create(device, config, own, { frozen: false });
    const before = (await decoder.prefill(tokens.slice(0, 3))).logits.slice();
    const table = own.view('transformer.wte.weight') as Float32Array;
    table.forEach((value, i) => (table[i] = -value));
    decoder.crop(0);
    const { logits } = await decoder.prefill(tokens.slice(0, 3));
    assertClose(logits, await lastLogits(device, own, config, tokens.slice(0, 3)));
    assert.ok(logits.some((value, i) => Math.abs(value - before[i]!) > 0.1));
  });

  it('serves several decoders of one model on cpu', async () => {
    const [a, b] = await Promise.all([1, 2].map(() => Decoder.create(device, config, parameters)));
    await a!.prefill(tokens.slice(0, 9));
    await b!.prefill(tokens.slice(20, 30));
    assertClose(await a!.append([7]), await whole([...tokens.slice(0, 9), 7]));
  });

  it('ends between two runs when the signal fires, and goes on from there', async () => {
    const big = smallConfig({ vocab: 61, context: 300 });
    const own = await randomParameters(device, big);
    const decoder = await Decoder.create(device, big, own);
    const long = Array.from({ length: 290 }, (_, i) => (i * 7) % 61);
    const controller = new AbortController();
    setImmediate(() => setImmediate(() => controller.abort()));
    await assert.rejects(decoder.prefill(long, controller.signal), { code: 'cancelled' });
    const read = decoder.tokens.length;
    assert.ok(read > 0 && read < 290, `${read} tokens were read`);
    const { reused, logits } = await decoder.prefill(long);
    assert.equal(reused, read);
    assertClose(logits, await lastLogits(device, own, big, long));
  });

  it('refuses tokens that the vocabulary lacks, none, and more than there is room for', async () => {
    const decoder = await Decoder.create(device, config, parameters, { capacity: 8 });
    await assert.rejects(decoder.prefill([3, 61]), { code: 'model', message: /token 61.*vocabulary of 61/ });
    await assert.rejects(decoder.prefill([]), { code: 'model', message: /0 tokens/ });
    await assert.rejects(decoder.prefill(tokens.slice(0, 9)), { code: 'model', message: /9 tokens.*1 to 8/ });
    await assert.rejects(Decoder.create(device, config, parameters, { capacity: 49 }), { code: 'model' });
  });
});

describe('nextRunLength', () => {
  it('takes the longest run that is worth its cost, and never more than there is room for', () => {
    const cases: [count: number, room: number, length: number][] = [
      [1, 100, 1],
      [2, 100, 4],
      [3, 2, 1],
      [5, 100, 16],
      [500, 1000, 16],
      [500, 12, 4],
    ];
    for (const [count, room, length] of cases)
      assert.equal(nextRunLength(count, room), length, `${count} of ${room}`);
  });
});

async function lastLogits(
  device: Device,
  parameters: DeviceState,
  config: GptConfig,
  tokens: readonly number[],
): Promise<Float32Array> {
  const { logits } = sequenceModel(config, 1, tokens.length, false);
  const program = await device.compile({ name: 'sequence', outputs: { logits } }, parameters);
  const results = await program.run({ ids: Int32Array.from(tokens) });
  await program.dispose();
  return (results.logits!.data as Float32Array).slice(-config.vocab);
}

function assertClose(actual: Float32Array, expected: Float32Array): void {
  assert.equal(actual.length, expected.length);
  const worst = Math.max(...expected.map((value, i) => Math.abs(value - actual[i]!)));
  assert.ok(worst < 1e-4, `logits differ by ${worst}`);
}
