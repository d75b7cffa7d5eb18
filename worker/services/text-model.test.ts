import assert from 'node:assert/strict';
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { replaceFolder } from '../checkpoints/replace.ts';
import { SafetensorsFile } from '../checkpoints/safetensors.ts';
import { Decoder } from '../generation/decoder.ts';
import { Device } from '../runtime/device.ts';
import { AdapterFolders } from './adapter-test-support.ts';
import { OpenTextModel } from './text-model.ts';

describe('a model that its run saves anew while it is opened', () => {
  let folders: AdapterFolders;
  before(async () => {
    folders = await AdapterFolders.create();
    await folders.writeBase('old', 1);
    await folders.writeBase('new', 2);
    moveWeights(join(folders.at('new'), 'model.safetensors'));
  });
  after(() => folders.close());

  function save(name: string): void {
    const from = folders.at(name);
    const fill = (folder: string): void => {
      for (const file of readdirSync(from)) copyFileSync(join(from, file), join(folder, file));
    };
    replaceFolder(folders.at('run/checkpoints/best'), fill, () => true);
  }

  /** Makes the header longer, so that each tensor is elsewhere. */
  function moveWeights(path: string): void {
    const bytes = readFileSync(path);
    const length = Number(bytes.readBigUInt64LE());
    const padding = Buffer.alloc(256, ' ');
    bytes.writeBigUInt64LE(BigInt(length + padding.length));
    writeFileSync(path, Buffer.concat([bytes.subarray(0, 8 + length), padding, bytes.subarray(8 + length)]));
  }

  async function logits(opening: Promise<OpenTextModel>): Promise<Float32Array> {
    const model = await opening;
    const found = (await model.text.decoder.append([5, 6, 7])).slice();
    await model.close();
    return found;
  }

  const open = (name: string): Promise<OpenTextModel> =>
    OpenTextModel.open({ model: folders.at(name), provider: 'cpu' });

  it('is all of the new one, wherever the old one had its weights', async (t) => {
    const [old, new_] = [await logits(open('old')), await logits(open('new'))];
    assert.notDeepEqual(old, new_);
    save('old');
    assert.deepEqual(await logits(open('run')), old);
    const { mock: closed } = t.mock.method(Device.prototype, 'close');
    await logits(open('run'));
    const once = closed.callCount();
    // the headers are read, and ONNX Runtime has not opened the file yet
    const compile = Object.getOwnPropertyDescriptor(Decoder.prototype, 'compile')!
      .value as () => Promise<void>;
    let opened = 0;
    t.mock.method(Decoder.prototype, 'compile', function (this: Decoder) {
      if (++opened === 1) save('new');
      return compile.call(this);
    });
    assert.deepEqual(await logits(open('run')), new_);
    assert.equal(opened, 2);
    assert.equal(closed.callCount(), 2 * once, 'the device is opened once');
  });

  it('is given up after a few tries where the run never stops saving', async (t) => {
    save('old');
    const close = Object.getOwnPropertyDescriptor(SafetensorsFile.prototype, 'close')!.value as () => void;
    let loads = 0;
    t.mock.method(SafetensorsFile.prototype, 'close', function (this: SafetensorsFile) {
      save(++loads % 2 === 0 ? 'old' : 'new');
      close.call(this);
    });
    await assert.rejects(open('run'), { code: 'checkpoint', message: /replaced each of 5 times/ });
    assert.equal(loads, 5);
  });
});
