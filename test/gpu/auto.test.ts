import assert from 'node:assert/strict';
import { it } from 'node:test';
import { openDevice } from '../../worker/runtime/open-device.ts';

const software = /swiftshader|lvp/.test(process.env.VK_ICD_FILENAMES ?? '');

it('auto leaves a software Vulkan device out, and says how slow it is', { skip: !software }, async () => {
  const { device, tried } = await openDevice('auto');
  const { provider } = device;
  await device.close();
  assert.notEqual(provider, 'webgpu');
  const webgpu = tried.find((report) => report.provider === 'webgpu');
  assert.equal(webgpu?.usable, true);
  assert.match(webgpu.slow ?? '', /took \d+ ms on it and [\d.]+ ms on cpu/);
});
