/** Greedy continuations are those of Hugging Face's own code (test/fixtures/parity/README.md). */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import * as z from 'zod';
import { readJson } from '../../worker/base/files.ts';
import { Decoder } from '../../worker/generation/decoder.ts';
import { loadModel } from '../../worker/models/load.ts';
import type { Device } from '../../worker/runtime/device.ts';
import { openDevice } from '../../worker/runtime/open-device.ts';
import { DECODER_FIXTURES } from '../support/decoder-fixtures.ts';

const GenerationJson = z.object({
  prompt_ids: z.array(z.int()),
  new_ids: z.array(z.int()),
  top1_logit: z.array(z.number()),
});

describe('greedy generation', () => {
  let device: Device;
  before(async () => {
    ({ device } = await openDevice('cpu', { threads: 1 }));
  });
  after(() => device.close());

  for (const name of DECODER_FIXTURES) {
    for (const frozen of [true, false]) {
      it(`of ${name}, weights ${frozen ? 'frozen' : 'shared'}`, async () => {
        const folder = new URL(`../fixtures/parity/${name}`, import.meta.url).pathname;
        const expected = await readJson(`${folder}/generation.json`, GenerationJson);
        const { config, state } = await loadModel(folder, device);
        const decoder = await Decoder.create(device, config, state, { frozen });
        let { logits } = await decoder.prefill(expected.prompt_ids);
        const ids: number[] = [];
        for (const top of expected.top1_logit) {
          const highest = Math.max(...logits);
          assert.ok(Math.abs(highest - top) < 1e-4, `logit ${highest} for ${top}`);
          ids.push(logits.indexOf(highest));
          logits = await decoder.append(ids.slice(-1));
        }
        assert.deepEqual(ids, expected.new_ids);
      });
    }
  }
});
