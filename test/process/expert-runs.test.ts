/** A mixture of experts, trained, measured, resumed, adapted and exported. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { describeModel } from '../../worker/services/info.ts';
import { evaluate } from '../../worker/services/evaluate.ts';
import { exportModel } from '../../worker/services/export.ts';
import { applySettings } from '../../worker/services/settings.ts';
import { OpenTextModel } from '../../worker/services/text-model.ts';
import { resumeTraining, startTraining } from '../../worker/services/train.ts';
import { RunControl } from '../../worker/training/control.ts';
import { RunEventSchema } from '../../worker/training/events.ts';
import { assertSameWeights, metricsOf, numbersOf, tinyRun, workplace } from './training.ts';

const SETTINGS = [
  'model.experts=4',
  'training.lr=1e-2',
  'training.steps=120',
  'training.evalEvery=40',
  'training.checkpointEvery=10',
];

describe('a mixture of experts', () => {
  it('learns, tells how its routers spread the tokens, goes on to the same numbers, is adapted and exported', async (t) => {
    const { folder, data } = workplace(t);
    const request = (out: string, more: string[] = []) => ({
      ...tinyRun(data, join(folder, out), [...SETTINGS, ...more]),
      model: 'moe-micro',
    });
    await startTraining(request('run'));
    const evaluations = metricsOf(join(folder, 'run')).flatMap((line) => {
      const event = RunEventSchema.parse(line);
      return event.event === 'eval' ? [event] : [];
    });
    const [first, last] = [evaluations[0]!, evaluations.at(-1)!];
    assert.ok(last.valLoss < first.valLoss && last.valLoss < 1.6, `${first.valLoss}, then ${last.valLoss}`);
    const [layer] = last.routing!.layers;
    for (const shares of [layer!.load, layer!.probability]) {
      assert.equal(shares.length, 4);
      assert.ok(Math.abs(shares.reduce((sum, share) => sum + share, 0) - 1) < 1e-6);
    }
    assert.ok(layer!.entropy > 0 && layer!.entropy <= 2);
    assert.ok(last.routing!.balance > 1.8 && last.routing!.balance < 3, String(last.routing!.balance));

    const control = new RunControl();
    await startTraining(request('stopped'), {
      control,
      onEvent: (event) => event.event === 'step' && event.step === 50 && control.stop(),
    });
    await resumeTraining({ run: join(folder, 'stopped') });
    assert.deepEqual(
      numbersOf(metricsOf(join(folder, 'stopped'))),
      numbersOf(metricsOf(join(folder, 'run'))),
    );
    assertSameWeights(join(folder, 'stopped/checkpoints/last'), join(folder, 'run/checkpoints/last'));

    await startTraining({
      ...tinyRun(data, join(folder, 'adapted')),
      model: join(folder, 'run'),
      tokenizer: undefined,
      settings: applySettings([
        'lora.targets=w1,w2,w3,q_proj',
        'lora.rank=2',
        'training.steps=5',
        'training.batch=4',
      ]),
    });
    const out = join(folder, 'exported');
    await exportModel({ model: join(folder, 'adapted'), out });
    const lossOf = async (model: string) => (await evaluate({ model, data: [data], provider: 'cpu' })).loss;
    assert.equal(await lossOf(out), await lossOf(join(folder, 'adapted')));
    const model = await OpenTextModel.open({ model: out, provider: 'cpu' });
    assert.equal(model.description.kind, 'mixtral');
    await model.close();

    const { parameters, activeParameters, config } = describeModel({ model: out });
    const expert = 3 * Number(config.width) * Number(config.feedForward);
    assert.equal(parameters - activeParameters, 2 * expert);
  });
});
