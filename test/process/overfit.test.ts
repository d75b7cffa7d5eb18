/** BERT's two objectives at once, learnt by heart: what a model that learns at all must manage. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { CONTEXT, pairsOfSentences } from '../support/sentence-pairs.ts';
import { preset } from '../../worker/models/presets.ts';
import { initialWeights } from '../../worker/models/initialise.ts';
import { withHead } from '../../worker/models/bert-config.ts';
import { openDevice } from '../../worker/runtime/open-device.ts';
import { maskedObjective } from '../../worker/training/objectives/masked.ts';
import { learningRate } from '../../worker/optim/schedule.ts';
import { resolveSettings } from '../../worker/training/settings.ts';
import { Trainer } from '../../worker/training/trainer.ts';

it('a BERT learns thirty pairs of sentences by heart: their masked words, and which belong together', async (t) => {
  const { tokens, tokenizer } = await pairsOfSentences();
  const config = withHead(
    {
      ...preset('bert-tiny'),
      vocab: tokenizer.vocabSize,
      embeddingDropout: 0,
      attentionDropout: 0,
      residualDropout: 0,
    },
    'mlm+nsp',
  );
  const settings = resolveSettings(
    { steps: 600, batch: 30, context: CONTEXT, lr: 2e-3, warmup: 50, weightDecay: 0, evalBatches: 0 },
    CONTEXT,
  );
  const { device } = await openDevice('cpu', { threads: 2 });
  t.after(() => device.close());
  const all = maskedObjective(config, { train: tokens, validation: tokens, tokenizer }, settings);
  const pairs = all.at(0); // all thirty, masked once
  const objective = { ...all, at: () => pairs, evaluation: () => [pairs] };
  const trainer = await Trainer.create({ device, objective, settings });
  await trainer.setWeights(initialWeights(config, 1));
  let metrics: Readonly<Record<string, number>> = {};
  for (let step = 1; step <= settings.steps; step++) {
    await trainer.step(step, learningRate(step, settings));
    if (step % 50 !== 0) continue;
    metrics = (await trainer.evaluate(() => false))?.metrics ?? {};
    t.diagnostic(`step ${step}: ${JSON.stringify(metrics)}`);
    if (metrics.mlmAccuracy! >= 0.98 && metrics.nspAccuracy === 1) break;
  }
  assert.ok(metrics.mlmAccuracy! >= 0.98, `masked words: ${metrics.mlmAccuracy}`);
  assert.equal(metrics.nspAccuracy, 1);
});
