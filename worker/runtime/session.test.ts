import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { toOnnx } from '../graph/onnx.ts';
import { add, mul, scale, sub, sumAll } from '../graph/ops/index.ts';
import { FREE } from '../graph/open-sizes.ts';
import { Graph, type Tensor } from '../graph/tensor.ts';
import type { Device } from './device.ts';
import { isAutoChoice, openDevice, surveyProviders } from './open-device.ts';
import { parseProvider } from './provider.ts';
import { type HostData, openSession, runError, SENTINEL, wrap } from './session.ts';
import type { DeviceState } from './state.ts';

describe('sessions', () => {
  it('refuse to hand back a sequence, which is what spares runInto the copies of its outputs', async () => {
    const graph = new Graph();
    const x = graph.feed('x', 'float32', [2]);
    const { bytes } = toOnnx({ provider: 'cpu', outputs: new Map([['y', add(x, x)]]), sentinel: SENTINEL });
    const session = await openSession(bytes, { provider: 'cpu', threads: 1, spinMicroseconds: 0 });
    const tensor = (...values: number[]): ReturnType<typeof wrap> =>
      wrap({ dtype: 'float32', shape: [2], data: Float32Array.from(values) });
    const y = tensor(0, 0);
    await assert.rejects(session.run({ x: tensor(1, 2) }, { [SENTINEL]: null, y }), /Non tensor type/);
    assert.deepEqual(y.data, Float32Array.of(2, 4), 'the other outputs were written before');
    await session.release();
  });

  it('tell a GPU that is gone from a program that failed', () => {
    for (const text of [
      'WebGPU device lost (1): Device was destroyed.',
      'VK_ERROR_DEVICE_LOST',
      'The GPU device instance has been suspended: GPU device removed',
    ]) {
      const { code, message, hint } = runError(new Error(text));
      assert.equal(code, 'provider');
      assert.equal(message, `the GPU is gone: ${text}`);
      assert.match(hint!, /resume from the last checkpoint, on the provider cpu/);
    }
    assert.match(runError(new Error('bad shape')).message, /^the program failed while running: bad shape$/);
  });
});

describe('programs on the host', () => {
  let device: Device;
  let state: DeviceState;
  before(async () => ({ device } = await openDevice('cpu', { threads: 2 })));
  after(() => device.close());

  it('write an output whose size a run decides where the last one wrote it, while that size is the same', async () => {
    const graph = new Graph();
    const x = graph.feed('x', 'float32', [FREE.rows]);
    const program = await device.compile({ name: 'free', outputs: { y: add(x, x) } }, device.createState());
    const run = async (...values: number[]): Promise<HostData> =>
      (await program.run({ x: Float32Array.from(values) })).y!.data;
    const first = await run(1, 2);
    assert.deepEqual(first, Float32Array.of(2, 4));
    assert.equal(await run(3, 4), first);
    const longer = await run(5, 6, 7);
    assert.deepEqual([first, longer], [Float32Array.of(6, 8), Float32Array.of(10, 12, 14)]);
    await program.dispose();
  });

  /** Runs updates made of states a = [1, 2] and b = [10, 20], and returns both. */
  async function update(build: (a: Tensor, b: Tensor) => Map<string, Tensor>): Promise<number[][]> {
    state = device.createState();
    for (const [name, data] of [
      ['a', [1, 2]],
      ['b', [10, 20]],
    ] as const) {
      await state.write(name, { dtype: 'float32', shape: [2], data: Float32Array.from(data) });
    }
    const memory = state.view('a');
    const graph = new Graph();
    const [a, b] = [graph.state('a', 'float32', [2]), graph.state('b', 'float32', [2])];
    const program = await device.compile({ name: 'test', updates: build(a, b) }, state);
    await program.run({});
    assert.equal(state.view('a'), memory, 'a state keeps its memory');
    return [Array.from(state.view('a') as Float32Array), Array.from(state.view('b') as Float32Array)];
  }

  it('set states in place', async () => {
    assert.deepEqual(await update((a, b) => new Map([['a', add(mul(a, b), a)]])), [
      [11, 42],
      [10, 20],
    ]);
  });

  it('read every old value before any new one is written', async () => {
    assert.deepEqual(
      await update(
        (a, b) =>
          new Map([
            ['a', b],
            ['b', a],
          ]),
      ),
      [
        [10, 20],
        [1, 2],
      ],
    );
    assert.deepEqual(
      await update(
        (a, b) =>
          new Map([
            ['a', add(a, b)],
            ['b', sub(b, a)],
          ]),
      ),
      [
        [11, 22],
        [9, 18],
      ],
    );
    assert.deepEqual(
      await update(
        (a, b) =>
          new Map([
            ['a', scale(a, 3)],
            ['b', mul(b, sumAll(a))],
          ]),
      ),
      [
        [3, 6],
        [30, 60],
      ],
    );
  });

  it('set several states to one value, and fetch it too', async () => {
    assert.deepEqual(
      await update((a, b) => {
        const sum = add(a, b);
        return new Map([
          ['a', sum],
          ['b', sum],
        ]);
      }),
      [
        [11, 22],
        [11, 22],
      ],
    );
  });

  it('say which feed is missing or has another size', async () => {
    const graph = new Graph();
    const program = await device.compile(
      { name: 'double', outputs: { y: scale(graph.feed('x', 'float32', [3]), 2) } },
      device.createState(),
    );
    await assert.rejects(program.run({}), /program double: feed 'x' is missing/);
    await assert.rejects(program.run({ x: new Float32Array(2) }), /feed 'x' has 2 elements, expected 3/);
    assert.deepEqual((await program.run({ x: Float32Array.of(1, 2, 3) })).y!.data, Float32Array.of(2, 4, 6));
  });

  it('bake frozen states in', async () => {
    const own = device.createState();
    await own.write('w', { dtype: 'float32', shape: [2], data: Float32Array.of(3, 4) });
    const graph = new Graph();
    const y = mul(graph.feed('x', 'float32', [2]), graph.state('w', 'float32', [2]));
    const program = await device.compile({ name: 'frozen', outputs: { y }, frozen: new Set(['w']) }, own);
    await own.write('w', { dtype: 'float32', shape: [2], data: Float32Array.of(0, 0) });
    assert.deepEqual((await program.run({ x: Float32Array.of(1, 1) })).y!.data, Float32Array.of(3, 4));
  });
});

describe('providers', () => {
  it('are named when one is unknown', () => {
    assert.throws(
      () => parseProvider('gpu'),
      /unknown provider 'gpu'; expected one of auto, cpu, webgpu, cuda, dml, coreml/,
    );
  });

  it('that are not here are an error with the reason, and never replaced in silence', async () => {
    const missing =
      process.platform === 'linux' ? 'coreml' : process.platform === 'darwin' ? 'dml' : 'coreml';
    await assert.rejects(
      openDevice(missing),
      new RegExp(`provider ${missing} cannot be used: onnxruntime-node has no ${missing}`),
    );
  });

  it('are surveyed with a reason for each that is not usable; auto takes the first one that is usable and no software', async () => {
    const reports = await surveyProviders();
    for (const { usable, reason } of reports) assert.equal(usable, reason === undefined);
    const { device, tried } = await openDevice('auto');
    assert.equal(device.provider, reports.find(isAutoChoice)?.provider);
    assert.deepEqual(tried.at(-1), { provider: device.provider, usable: true });
    await device.close();
  });
});
