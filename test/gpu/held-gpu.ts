import { after, before } from 'node:test';
import type { Device } from '../../worker/runtime/device.ts';
import { openDevice } from '../../worker/runtime/open-device.ts';
import { checkArithmetic } from '../../worker/runtime/trial.ts';

/**
 * Keeps the GPU while the tests of a suite run. What ONNX Runtime compiles for a GPU, which is most of a software one's time,
 * serves all programs there are until the last of them has gone.
 */
export function holdGpu(): void {
  let device: Device;
  before(async () => {
    ({ device } = await openDevice('webgpu'));
    await checkArithmetic(device); // leaves a program
  });
  after(() => device.close());
}
